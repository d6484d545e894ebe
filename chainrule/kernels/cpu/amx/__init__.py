"""Products in bfloat16 on AMX tiles: matrix registers of 16 rows of 64 bytes in Intel's servers.

One instruction multiplies 16 x 32 numbers by 32 x 16 and adds the 16 x 16 results, 8,192
multiplications in 16 cycles. ``support`` says whether this process may use them, ``tiles`` has the
instructions, ``model`` the same in plain loops, so that what is built on them is tested on any CPU.

A kernel is written once, with the functions of ``tiles``, and compiled by ``compiled``. Its first
argument, the registers ``t``, says where it runs: on the CPU's own or on the model's.
"""
