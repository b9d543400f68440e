"""What writing to files needs said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any, BinaryIO

    import numpy.typing as npt

#: Bytes written at once. From 2 MB on Linux looks for huge pages to keep them in, and on a virtual machine that took ten times as long
#: as writing them does.
_PIECE = 1 << 18


def write_octets(stream: BinaryIO, values: npt.NDArray[Any]) -> None:
    """Write the bytes of an array (C order), like `numpy.ndarray.tofile`, but piece by piece."""
    octets = values.reshape(-1).view(np.uint8).data
    stream.writelines(octets[begin : begin + _PIECE] for begin in range(0, len(octets), _PIECE))


def save_array(stream: BinaryIO, values: npt.NDArray[Any]) -> None:
    """`numpy.save`, in pieces."""
    values = np.ascontiguousarray(values)
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(values))
    write_octets(stream, values)
