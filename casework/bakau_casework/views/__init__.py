"""What the door shows: one module per question. Each declares its columns with markings and builds a draft from a `Reading`."""
