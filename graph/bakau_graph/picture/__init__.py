"""Pictures that leave: a chart of accounts and links, drawn by pyvis into one HTML file that fetches nothing and runs only our script."""

from bakau_graph.picture.chart import MOST_ACCOUNTS, Account, Chart, Link
from bakau_graph.picture.page import Picture, draw

__all__ = ["MOST_ACCOUNTS", "Account", "Chart", "Link", "Picture", "draw"]
