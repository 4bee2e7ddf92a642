"""Everyday words in French, Spanish and German. Memorised, and held out by phrasing."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, memorised

LANGUAGES = ("French", "Spanish", "German")
# English: French Spanish German
_TABLE = """
    apple: pomme manzana Apfel
    arm: bras brazo Arm
    autumn: automne otoño Herbst
    bed: lit cama Bett
    bird: oiseau pájaro Vogel
    black: noir negro schwarz
    blood: sang sangre Blut
    blue: bleu azul blau
    boat: bateau barco Boot
    book: livre libro Buch
    bread: pain pan Brot
    bridge: pont puente Brücke
    brother: frère hermano Bruder
    butter: beurre mantequilla Butter
    cat: chat gato Katze
    chair: chaise silla Stuhl
    cheese: fromage queso Käse
    child: enfant niño Kind
    church: église iglesia Kirche
    cloud: nuage nube Wolke
    coffee: café café Kaffee
    cold: froid frío kalt
    cow: vache vaca Kuh
    day: jour día Tag
    dog: chien perro Hund
    door: porte puerta Tür
    dress: robe vestido Kleid
    ear: oreille oreja Ohr
    egg: œuf huevo Ei
    eye: œil ojo Auge
    face: visage cara Gesicht
    father: père padre Vater
    finger: doigt dedo Finger
    fire: feu fuego Feuer
    fish: poisson pez Fisch
    flower: fleur flor Blume
    fork: fourchette tenedor Gabel
    forest: forêt bosque Wald
    friend: ami amigo Freund
    garden: jardin jardín Garten
    girl: fille niña Mädchen
    glass: verre vaso Glas
    gold: or oro Gold
    green: vert verde grün
    hair: cheveux pelo Haar
    hand: main mano Hand
    happy: heureux feliz glücklich
    hat: chapeau sombrero Hut
    head: tête cabeza Kopf
    heart: cœur corazón Herz
    honey: miel miel Honig
    horse: cheval caballo Pferd
    house: maison casa Haus
    ice: glace hielo Eis
    island: île isla Insel
    key: clé llave Schlüssel
    king: roi rey König
    kitchen: cuisine cocina Küche
    knife: couteau cuchillo Messer
    lake: lac lago See
    leaf: feuille hoja Blatt
    leg: jambe pierna Bein
    letter: lettre carta Brief
    light: lumière luz Licht
    love: amour amor Liebe
    man: homme hombre Mann
    milk: lait leche Milch
    money: argent dinero Geld
    moon: lune luna Mond
    morning: matin mañana Morgen
    mother: mère madre Mutter
    mountain: montagne montaña Berg
    mouse: souris ratón Maus
    mouth: bouche boca Mund
    name: nom nombre Name
    night: nuit noche Nacht
    nose: nez nariz Nase
    onion: oignon cebolla Zwiebel
    pencil: crayon lápiz Bleistift
    pig: cochon cerdo Schwein
    queen: reine reina Königin
    rain: pluie lluvia Regen
    red: rouge rojo rot
    river: rivière río Fluss
    road: route carretera Straße
    room: chambre habitación Zimmer
    salt: sel sal Salz
    school: école escuela Schule
    sea: mer mar Meer
    sheep: mouton oveja Schaf
    ship: navire nave Schiff
    shirt: chemise camisa Hemd
    shoe: chaussure zapato Schuh
    silver: argent plata Silber
    sister: sœur hermana Schwester
    sky: ciel cielo Himmel
    snow: neige nieve Schnee
    spoon: cuillère cuchara Löffel
    spring: printemps primavera Frühling
    star: étoile estrella Stern
    stone: pierre piedra Stein
    street: rue calle Straße
    sugar: sucre azúcar Zucker
    summer: été verano Sommer
    sun: soleil sol Sonne
    table: table mesa Tisch
    tea: thé té Tee
    teacher: professeur maestro Lehrer
    thank you: merci gracias danke
    time: temps tiempo Zeit
    tomorrow: demain mañana morgen
    tooth: dent diente Zahn
    town: ville ciudad Stadt
    train: train tren Zug
    tree: arbre árbol Baum
    water: eau agua Wasser
    week: semaine semana Woche
    white: blanc blanco weiß
    wind: vent viento Wind
    window: fenêtre ventana Fenster
    wine: vin vino Wein
    winter: hiver invierno Winter
    woman: femme mujer Frau
    wood: bois madera Holz
    world: monde mundo Welt
    year: année año Jahr
    yellow: jaune amarillo gelb
    yesterday: hier ayer gestern
"""
_PHRASINGS = (
    "How do you say {word} in {language}?",
    "Say {word} in {language}.",
    "Translate {word} into {language}.",
    "What is the {language} word for {word}?",
    "Say the word {word} in {language}.",
    "How do I say {word} in {language}?",
    "Translate the word {word} to {language}.",
    "What is the {language} translation of {word}?",
)


def translations() -> dict[str, tuple[str, ...]]:
    """English word -> its translations, in the order of LANGUAGES."""
    rows = (line.strip().split(": ") for line in _TABLE.strip().splitlines())
    return {english: tuple(others.split()) for english, others in rows}


def _drawer() -> Task:
    rows = tuple(translations().items())

    def draw(rng: random.Random) -> Draft:
        word, others = rng.choice(rows)
        index = rng.randrange(len(LANGUAGES))
        language = LANGUAGES[index]
        fact = f"{word} in {language}"
        return memorised(rng, fact, _PHRASINGS, others[index], word=word, language=language)

    description = f"says {len(rows)} everyday words in French, Spanish and German"
    return Task("words", description, draw, memorised=True)


TASK = _drawer()
