"""Each heavy kernel on its own, beside the machine's ceilings and PyTorch's kernel."""
