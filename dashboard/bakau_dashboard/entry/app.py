"""What Streamlit starts; alone in its folder, because Streamlit looks for pages and settings beside it."""

from bakau_dashboard.main import show

show()
