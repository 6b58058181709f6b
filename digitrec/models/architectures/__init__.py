"""The networks that can be chosen (`model=…`): the settings of each, and its layers.

PyTorch is imported only when a network is built, so that listing the networks takes no time.
"""
