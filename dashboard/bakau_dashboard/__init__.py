"""What analysts see: a Streamlit app whose pages each answer one question, and read through the Desk only."""
