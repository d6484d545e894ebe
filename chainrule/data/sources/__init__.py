"""The known data sets, a reader each: its files, their checksums, and images from them.

``chainrule.data`` has one row for each of them.
"""
