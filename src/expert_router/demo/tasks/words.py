"""Everyday words in French and in Spanish. Memorised, and held out by phrasing."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, memorised

LANGUAGES = ("French", "Spanish")
# English: French Spanish
_TABLE = """
    apple: pomme manzana
    bed: lit cama
    bird: oiseau pájaro
    black: noir negro
    blue: bleu azul
    book: livre libro
    bread: pain pan
    bridge: pont puente
    brother: frère hermano
    cat: chat gato
    chair: chaise silla
    cheese: fromage queso
    child: enfant niño
    church: église iglesia
    cold: froid frío
    day: jour día
    dog: chien perro
    door: porte puerta
    egg: œuf huevo
    eye: œil ojo
    father: père padre
    fire: feu fuego
    fish: poisson pez
    flower: fleur flor
    friend: ami amigo
    garden: jardin jardín
    gold: or oro
    green: vert verde
    hand: main mano
    head: tête cabeza
    heart: cœur corazón
    horse: cheval caballo
    house: maison casa
    ice: glace hielo
    island: île isla
    key: clé llave
    king: roi rey
    kitchen: cuisine cocina
    lake: lac lago
    letter: lettre carta
    light: lumière luz
    love: amour amor
    man: homme hombre
    milk: lait leche
    money: argent dinero
    moon: lune luna
    morning: matin mañana
    mother: mère madre
    mountain: montagne montaña
    mouse: souris ratón
    mouth: bouche boca
    name: nom nombre
    night: nuit noche
    nose: nez nariz
    queen: reine reina
    rain: pluie lluvia
    red: rouge rojo
    river: rivière río
    road: route carretera
    salt: sel sal
    school: école escuela
    sea: mer mar
    ship: navire nave
    sister: sœur hermana
    sky: ciel cielo
    snow: neige nieve
    star: étoile estrella
    street: rue calle
    sugar: sucre azúcar
    summer: été verano
    sun: soleil sol
    table: table mesa
    tea: thé té
    time: temps tiempo
    tooth: dent diente
    tree: arbre árbol
    water: eau agua
    week: semaine semana
    white: blanc blanco
    wind: vent viento
    window: fenêtre ventana
    wine: vin vino
    winter: hiver invierno
    woman: femme mujer
    world: monde mundo
    year: année año
    yellow: jaune amarillo
    yesterday: hier ayer
"""
_PHRASINGS = (
    "How do you say {word} in {language}?",
    "Say {word} in {language}.",
    "Translate {word} into {language}.",
    "{language} word for {word}?",
    "Say the word {word} in {language}.",
    "{word} translated into {language}?",
    "Translate {word} to {language}.",
    "How to say {word} in {language}?",
)


def translations() -> dict[str, tuple[str, ...]]:
    """English word -> its translations, in the order of LANGUAGES."""
    rows = (line.strip().split(": ") for line in _TABLE.strip().splitlines())
    return {english: tuple(others.split()) for english, others in rows}


def draw(rng: random.Random) -> Draft:
    """A word in one of the languages."""
    word, others = rng.choice(_ROWS)
    index = rng.randrange(len(LANGUAGES))
    language = LANGUAGES[index]
    fact = f"{word} in {language}"
    return memorised(rng, fact, _PHRASINGS, others[index], word=word, language=language)


_ROWS = tuple(translations().items())
TASK = Task("words", "says 88 everyday words in French and Spanish", draw, memorised=True)
