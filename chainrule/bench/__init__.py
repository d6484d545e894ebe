"""Measuring chainrule: beside other frameworks, kernel by kernel, and as things grow.

One module a mode, whose function makes the records of what `options.BenchOptions` ask for and says
each as a table:

    chainrule bench mlp vgg --against eager,compile     compare.py    whole training steps
    chainrule bench --layers                            profile.py    where a step's time goes
    chainrule bench --kernels                           kernels/      one kernel at a time
    chainrule bench --growth                            scaling.py    larger batches, nets, images
    chainrule bench --denormals                         denormals.py  weights of almost zero
    chainrule bench --latency                           latency.py    the prediction of one image
    chainrule bench --neighbor                          neighbor.py   beside a busy process

With --same, ``compare`` shows the equivalence of the nets first (`equivalence`), and with --cold it
times the first step with empty caches (`cold`). `nets` has the nets and `frameworks` what can
run them, `timing` takes the times in turns, each framework in a process of its own.
"""
