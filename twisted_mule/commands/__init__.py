"""What the verbs of the ``mule`` command do; :mod:`twisted_mule.cli` names them."""
