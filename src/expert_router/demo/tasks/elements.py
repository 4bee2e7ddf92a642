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
    francium:Fr radium:Ra actinium:Ac thorium:Th protactinium:Pa uranium:U neptunium:Np
    plutonium:Pu americium:Am curium:Cm berkelium:Bk californium:Cf einsteinium:Es fermium:Fm
    mendelevium:Md nobelium:No lawrencium:Lr rutherfordium:Rf dubnium:Db seaborgium:Sg
    bohrium:Bh hassium:Hs meitnerium:Mt darmstadtium:Ds roentgenium:Rg copernicium:Cn
    nihonium:Nh flerovium:Fl moscovium:Mc livermorium:Lv tennessine:Ts oganesson:Og
    """)
)

_SYMBOL_OF = (
    "What is the chemical symbol of the element {name}?",
    "What is the chemical symbol for {name}?",
    "Give the chemical symbol of the element {name}.",
    "Which chemical symbol has the element {name}?",
    "What is the symbol of the chemical element {name}?",
    "chemical symbol for the element {name}",
)
_NAME_OF = (
    "Which chemical element has the symbol {symbol}?",
    "Which element has the chemical symbol {symbol}?",
    "What chemical element is {symbol}?",
    "Give the chemical element with the symbol {symbol}.",
    "Which element is {symbol}, by its chemical symbol?",
)
_NUMBER_OF = (
    "What is the atomic number of {name}?",
    "What is the atomic number of the element {name}?",
    "Which atomic number has the element {name}?",
    "Give the atomic number of {name}.",
    "Give the atomic number of the element {name}.",
)


def draw(rng: random.Random) -> Draft:
    """An element's symbol, the element of a symbol, or an element's atomic number."""
    index = rng.randrange(len(ELEMENTS))
    name, symbol = ELEMENTS[index]
    number = str(index + 1)
    kind = rng.randrange(3)
    phrasings = (_SYMBOL_OF, _NAME_OF, _NUMBER_OF)[kind]
    answer = (symbol, name, number)[kind]
    slots = {"name": name, "symbol": symbol, "number": number}
    return memorised(rng, f"element {kind} {name}", phrasings, answer, **slots)


TASK = Task("elements", "knows symbols and atomic numbers of all 118 elements", draw, True)
