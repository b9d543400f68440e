"""The script Streamlit starts."""
