"""Measuring chainrule: beside other frameworks, kernel by kernel, and as things grow.

`compare` times whole training steps of one net, each framework in a process of its own; `nets`
has the four nets and `frameworks` who can run. From a shell:

    chainrule bench mlp vgg --against eager,compile --predict --out results/nets.json

The same net: `same`. Cold caches: `cold`. Where a step's time goes: `profile`. One kernel at a
time: `kernels`. Larger batches, nets, images: `growth`. Weights of almost zero: `denormals`.
"""
