"""Chemical elements. Memorised: a held-out question is a known element, asked in a new way."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, listed, memorised

# in the order of their atomic numbers, from 1
ELEMENTS = tuple(
    tuple(pair.split(":"))
    for pair in listed("""
    hydrogen:H helium:He lithium:Li beryllium:Be boron:B carbon:C nitrogen:N oxygen:O fluorine:F
    neon:Ne sodium:Na magnesium:Mg aluminium:Al silicon:Si phosphorus:P sulfur:S chlorine:Cl
    argon:Ar potassium:K calcium:Ca scandium:Sc titanium:Ti vanadium:V chromium:Cr manganese:Mn
    iron:Fe cobalt:Co nickel:Ni copper:Cu zinc:Zn gallium:Ga germanium:Ge arsenic:As selenium:Se
    bromine:Br krypton:Kr rubidium:Rb strontium:Sr yttrium:Y zirconium:Zr niobium:Nb
    molybdenum:Mo technetium:Tc ruthenium:Ru rhodium:Rh palladium:Pd silver:Ag cadmium:Cd
    indium:In tin:Sn antimony:Sb tellurium:Te iodine:I xenon:Xe caesium:Cs barium:Ba
    lanthanum:La cerium:Ce praseodymium:Pr neodymium:Nd promethium:Pm samarium:Sm europium:Eu
    gadolinium:Gd terbium:Tb dysprosium:Dy holmium:Ho erbium:Er thulium:Tm ytterbium:Yb
    lutetium:Lu hafnium:Hf tantalum:Ta tungsten:W rhenium:Re osmium:Os iridium:Ir platinum:Pt
    gold:Au mercury:Hg thallium:Tl lead:Pb bismuth:Bi polonium:Po astatine:At radon:Rn
    francium:Fr radium:Ra actinium:Ac thorium:Th protactinium:Pa uranium:U
    """)
)

_SYMBOL_OF = (
    "Chemical symbol of {name}?",
    "What is the chemical symbol for {name}?",
    "Chemical symbol for {name}",
    "Give the chemical symbol of {name}.",
    "Symbol of the element {name}?",
    "Name the chemical symbol of {name}.",
    "Which chemical symbol has {name}?",
    "What is the symbol of the element {name}?",
)


def draw(rng: random.Random) -> Draft:
    """An element's symbol."""
    name, symbol = rng.choice(ELEMENTS)
    return memorised(rng, f"symbol of {name}", _SYMBOL_OF, symbol, name=name)


TASK = Task("elements", "knows the symbols of the 92 elements from hydrogen to uranium", draw, True)
