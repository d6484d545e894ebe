"""Back-propagation on a circuit of gates: the chain rule, one number at a time.

Write an expression, and the circuit is there:

>>> from chainrule.circuit import inputs
>>> x, y, z = inputs(x=-2, y=5, z=-4)
>>> q = (x + y).named("q")
>>> f = (q * z).named("f")
>>> f
Value(f = -12)

How much does f change when x changes a little? Each gate knows only its own slopes: for
q = x + y they are 1 and 1, for f = q · z they are z and q. The gradient starts as 1 at the output
and goes back gate by gate, and at each gate

    downstream = local × upstream

>>> f.backward()
>>> print(f.circuit())
name  gate   value  gradient  sends back: local × upstream
x               -2        -4
y                5        -4
z               -4         3
q     x + y      3        -4  x: 1 × (-4) = -4
                              y: 1 × (-4) = -4
f     q × z    -12         1  q: -4 × 1 = -4
                              z: 3 × 1 = 3

Add passes the gradient on, multiply swaps its inputs, max sends it to the winner, and where a
value is used twice the gradients sum. The passes can be taken one step at a time:

>>> for step in f.circuit().backward_steps():
...     print(step)
f receives 1 -> q: -4 × 1 = -4; z: 3 × 1 = 3
q receives -4 -> x: 1 × (-4) = -4; y: 1 × (-4) = -4
z receives 3
y receives -4
x receives -4

An input can be given another number; what comes out is right again, and so are the gradients:

>>> f.forward(x=1)
-24.0
>>> f.backward(); x.grad, y.grad, z.grad
(-4.0, -4.0, 6.0)

Believe nothing: nudge each input and look.

>>> print(f.check())
input  gradient  central difference  relative error
x            -4                  -4         1.9e-11  ok
y            -4                  -4         1.2e-12  ok
z             6                   6         4.3e-13  ok

``f.circuit().save("f.svg")`` draws it, values above the wires and gradients below; a notebook shows
the drawing by itself. To learn is to step against the gradient: ``x.value -= 0.1 * x.grad``.

The gates are in ``chainrule.circuit.gates``, each with its function and its slopes on one screen;
``report_c`` and ``report_e`` are two circuits that every course draws.
"""

from ..public import publish
from . import gates as gates
from .check import Check as Check
from .check import Comparison as Comparison
from .examples import EXAMPLES as EXAMPLES
from .examples import report_c as report_c
from .examples import report_e as report_e
from .functions import copy as copy
from .functions import exp as exp
from .functions import inputs as inputs
from .functions import log as log
from .functions import maximum as maximum
from .functions import minimum as minimum
from .functions import reciprocal as reciprocal
from .functions import relu as relu
from .functions import sigmoid as sigmoid
from .functions import sqrt as sqrt
from .functions import square as square
from .functions import tanh as tanh
from .gates import Gate as Gate
from .graph import Circuit as Circuit
from .parsing import expression as expression
from .passes import BackwardStep as BackwardStep
from .passes import Flow as Flow
from .passes import ForwardStep as ForwardStep
from .places import ExpressionError as ExpressionError
from .value import Value as Value
from .value import apply as apply

publish(globals(), "EXAMPLES", "gates")
