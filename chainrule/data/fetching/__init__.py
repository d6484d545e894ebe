"""The files of a known data set, on this machine: found, downloaded or imported, and verified.

source     what is known of them: names, sizes, checksums, where they come from
paths      the folders that they are looked for in
store      found, or else fetched: download (mirrors), http (one file, resumed), pace, progress
importing  taken from files, folders or archives that somebody has
checksums  bytes from outside, unpacked within limits and compared
"""
