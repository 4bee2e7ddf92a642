"""English words to play with, and a maker of words that do not exist."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import listed

WORDS = listed(
    """
    able above accept across active actor advice afraid after again agree airport album alive
    almost alone along amount anchor angel anger animal ankle answer apple april arrow artist
    asleep aunt autumn avenue awake bacon badge baker balcony ball banana band banker barn
    basket battle beach bean bear beauty become bed begin behind belief bell below bench berry
    better bicycle bird birthday biscuit bitter blanket blind block blood blossom blue board
    boat body bone book border borrow bottle bottom bounce bowl branch brave bread break breeze
    brick bridge bright bring broken brother brown brush bubble bucket budget build burden
    butter button cabin cable cactus camel camera candle canyon captain carbon carpet carrot
    castle catch cattle cause cavern ceiling cellar cement center chain chair chalk chance
    change chapter charm cheap cheese cherry chicken child chimney choice church cinema circle
    citizen class clean clever climate climb clock cloth cloud clown coach coast coffee collar
    color column comet comfort common compass copper corner cotton couch country cousin cover
    cradle crayon cream credit cricket crisp crowd crown crystal culture curtain custom cycle
    damage dance danger daring daylight dealer debate decide deep defend degree desert design
    detail diamond dinner doctor dolphin donkey double dragon dream dress drift drink driver
    drum eager eagle early earth east easy echo editor effort eight elbow eleven empire empty
    energy engine enjoy enough entire envelope equal escape evening event exact expert fabric
    factor falcon family famous fancy farmer fashion father feather fellow fence fever fiction
    field figure finger finish fire flame flavor flight floor flower fly forest forget fork
    fortune fossil freedom fresh friend frozen fruit funny future galaxy garage garden garlic
    gate gentle giant ginger glass globe glove golden grain grape grass gravity green guest
    guitar habit hammer handle happy harbor harvest hazel health heart heavy helmet hero
    hidden hill history hockey hollow honest honey horizon horse hotel hour hungry hunter
    island ivory jacket jelly jewel journey judge jungle junior justice kettle kidney kingdom
    kitchen knight ladder lantern laptop laugh lawyer leader leather lemon lesson letter level
    library light lily limit linen lion liquid little lizard lobster lonely lucky lumber lunch
    machine magic magnet mango mantle maple marble market marry meadow medal melody member
    memory metal middle minute mirror mistake modern moment monkey month morning mother motor
    mountain mouse museum music napkin narrow nation nature needle nephew nest nickel night
    noble noise north novel number oasis object ocean office onion open orange orbit orchard
    organ outside owner oxygen oyster package paddle palace panda paper parent parrot party
    pastry patient pattern peanut pebble pencil people pepper perfect person phone piano picnic
    picture pilot pirate planet plant plastic plate pocket poem police polite potato powder
    prince profit public pumpkin puppy purple puzzle quarter queen quick quiet rabbit radio
    railway rainbow random reason recipe record remote repair report rescue result reward
    rhythm ribbon rich river road robot rocket roof rope rough round royal rubber saddle
    salad salmon salt sample sand school science scissors season secret sentence seven shadow
    shape sharp sheep shelter shine ship shoulder silence silver simple singer sister sketch
    sleep slow smile smoke smooth soccer soldier sound south spider spirit spoon spring square
    stable stage star station steam steel stone storm story strange street strong student
    sugar summer sunset supper surface sweet swim table tailor talent teacher temple tennis
    thunder ticket tiger timber tired tomato topic tower traffic train travel treasure triangle
    trophy trumpet tunnel turtle twelve twenty umbrella uncle under unique upper useful valley
    velvet victory village violin visit voice volcano voyage wagon waiter walnut water wealth
    weather wedding west wheel whisper white widow window winter wisdom wizard wolf wonder
    wooden world yellow yesterday young zebra zero zipper
    """
)
_STARTS = listed("b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sl sp")
_MIDDLES = listed("a e i o u ai ea ee ie oa oo ou y")
_ENDS = listed("b ck ct d f g l ll m mp n nd ng nt p r rd rk rn s sk ss st t th v w x z")


def some_word(rng: random.Random, longest: int = 7) -> str:
    """A real word of at most `longest` letters."""
    while len(word := rng.choice(WORDS)) > longest:
        pass
    return word


def made_up_word(rng: random.Random, longest: int = 7, scrambled: float = 0.2) -> str:
    """Letters that can be read aloud or, in a `scrambled` share of words, in any order."""
    length = rng.randint(3, longest)
    if rng.random() < scrambled:
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=length))
    text = ""
    while len(text) < length:
        text += rng.choice(_STARTS) + rng.choice(_MIDDLES)
        text += rng.choice(_ENDS) if rng.random() < 0.5 else ""
    return text[:length]
