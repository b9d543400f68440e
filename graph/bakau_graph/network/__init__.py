"""The network protocol: what may be asked, what is answered, and how to open one."""

from bakau_graph.network.protocol import Facts, Network
from bakau_graph.network.question import Bounds, Direction, Order

__all__ = ["Bounds", "Direction", "Facts", "Network", "Order"]
