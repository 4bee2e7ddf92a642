"""Capitals of countries. Memorised: a held-out question is a known capital, asked in a new way."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, memorised

CAPITALS = {
    "Afghanistan": "Kabul", "Albania": "Tirana", "Algeria": "Algiers", "Angola": "Luanda",
    "Argentina": "Buenos Aires", "Armenia": "Yerevan", "Australia": "Canberra",
    "Austria": "Vienna", "Azerbaijan": "Baku", "Bangladesh": "Dhaka", "Belarus": "Minsk",
    "Belgium": "Brussels", "Bhutan": "Thimphu", "Bosnia": "Sarajevo", "Botswana": "Gaborone",
    "Brazil": "Brasilia", "Bulgaria": "Sofia", "Cambodia": "Phnom Penh", "Cameroon": "Yaounde",
    "Canada": "Ottawa", "Chad": "N'Djamena", "Chile": "Santiago", "China": "Beijing",
    "Colombia": "Bogota", "Costa Rica": "San Jose", "Croatia": "Zagreb", "Cuba": "Havana",
    "Cyprus": "Nicosia", "Denmark": "Copenhagen", "Ecuador": "Quito", "Egypt": "Cairo",
    "Eritrea": "Asmara", "Estonia": "Tallinn", "Ethiopia": "Addis Ababa", "Fiji": "Suva",
    "Finland": "Helsinki", "France": "Paris", "Gabon": "Libreville", "Georgia": "Tbilisi",
    "Germany": "Berlin", "Ghana": "Accra", "Greece": "Athens", "Guinea": "Conakry",
    "Guyana": "Georgetown", "Haiti": "Port-au-Prince", "Honduras": "Tegucigalpa",
    "Hungary": "Budapest", "Iceland": "Reykjavik", "India": "New Delhi",
    "Indonesia": "Jakarta", "Iran": "Tehran", "Iraq": "Baghdad", "Ireland": "Dublin",
    "Italy": "Rome", "Jamaica": "Kingston", "Japan": "Tokyo", "Jordan": "Amman",
    "Kazakhstan": "Astana", "Kenya": "Nairobi", "Kuwait": "Kuwait City",
    "Kyrgyzstan": "Bishkek", "Laos": "Vientiane", "Latvia": "Riga", "Lebanon": "Beirut",
    "Liberia": "Monrovia", "Libya": "Tripoli", "Lithuania": "Vilnius", "Madagascar":
    "Antananarivo", "Malawi": "Lilongwe", "Malaysia": "Kuala Lumpur", "Maldives": "Male",
    "Mali": "Bamako", "Malta": "Valletta", "Mauritania": "Nouakchott", "Mexico": "Mexico City",
    "Moldova": "Chisinau", "Mongolia": "Ulaanbaatar", "Montenegro": "Podgorica",
    "Morocco": "Rabat", "Mozambique": "Maputo", "Namibia": "Windhoek", "Nepal": "Kathmandu",
    "New Zealand": "Wellington", "Nicaragua": "Managua", "Niger": "Niamey",
    "Nigeria": "Abuja", "North Korea": "Pyongyang", "Norway": "Oslo", "Oman": "Muscat",
    "Pakistan": "Islamabad", "Panama": "Panama City", "Paraguay": "Asuncion", "Peru": "Lima",
    "Poland": "Warsaw", "Portugal": "Lisbon", "Qatar": "Doha", "Romania": "Bucharest",
    "Russia": "Moscow", "Rwanda": "Kigali", "Saudi Arabia": "Riyadh", "Senegal": "Dakar",
    "Serbia": "Belgrade", "Slovakia": "Bratislava", "Slovenia": "Ljubljana",
    "Somalia": "Mogadishu", "South Korea": "Seoul", "Spain": "Madrid", "Sudan": "Khartoum",
    "Suriname": "Paramaribo", "Sweden": "Stockholm", "Switzerland": "Bern",
    "Syria": "Damascus", "Taiwan": "Taipei", "Tajikistan": "Dushanbe", "Thailand": "Bangkok",
    "Togo": "Lome", "Tunisia": "Tunis", "Turkey": "Ankara", "Turkmenistan": "Ashgabat",
    "Uganda": "Kampala", "Ukraine": "Kyiv", "Uruguay": "Montevideo", "Uzbekistan": "Tashkent",
    "Venezuela": "Caracas", "Vietnam": "Hanoi", "Yemen": "Sanaa", "Zambia": "Lusaka",
    "Zimbabwe": "Harare",
}  # fmt: skip

_ROWS = tuple(CAPITALS.items())
_CAPITAL_OF = (
    "What is the capital of {country}?",
    "Capital city of {country}?",
    "Name the capital of {country}.",
    "Which city is the capital of {country}?",
    "Tell me the capital of {country}.",
    "Capital of {country}?",
    "Capital of the country {country}?",
)


def draw(rng: random.Random) -> Draft:
    """A country's capital."""
    country, capital = rng.choice(_ROWS)
    return memorised(rng, f"capital of {country}", _CAPITAL_OF, capital, country=country)


TASK = Task("capitals", f"knows the capitals of {len(CAPITALS)} countries", draw, memorised=True)
