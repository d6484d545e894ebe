"""Files to arrays, read strictly: IDX, CIFAR's binary and pickle, MATLAB's, and images.

Nothing in a file is executed, and nothing larger than it may be is unpacked.
"""
