"""The words that columns of call lists are named with, in English, French, German and Spanish.

Only data: which words name which field, and what a further word in a column's name says about it. All
words are as `words_of` writes them: lower case, without accents, ß as ss.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class ContactField(StrEnum):
    """What a column of a list can be; every other column is a custom field."""

    PHONE = "phone"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    NAME = "name"
    COMPANY = "company"
    TITLE = "title"
    EMAIL = "email"
    ADDRESS = "address"
    CITY = "city"
    STATE = "state"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    EXTERNAL_ID = "external_id"
    SOURCE = "source"
    NOTE = "note"


def words_of(header: str) -> tuple[str, ...]:
    """A column's name as plain words: "FacilityPhone_Number1" is facility, phone, number, 1."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    plain = unicodedata.normalize("NFKD", apart.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W\d_]+|\d+", letters))


_F = ContactField

# How sure a name is of its field when it stands alone.
_NAMES: Final = (
    (
        _F.PHONE,
        1.0,
        "phone|telephone|tel|phone number|telephone number|tel number|phone no|telefon|telefonnummer"
        "|rufnummer|fon|telefono|numero de telephone|numero de telefono|number to call|msisdn|phonenumber",
    ),
    (
        _F.PHONE,
        0.9,
        "mobile|mobile phone|mobile number|cell|cell phone|cellphone|cellular|landline|direct line"
        "|direct dial|telephone portable|portable|telephone mobile|gsm|mobil|mobiltelefon|mobilnummer"
        "|handy|handynummer|festnetz|durchwahl|movil|celular|telefono movil|ligne directe|whatsapp",
    ),
    (
        _F.FIRST_NAME,
        1.0,
        "first name|firstname|fname|given name|forename|first|prenom|vorname|nombre de pila",
    ),
    (
        _F.LAST_NAME,
        1.0,
        "last name|lastname|lname|surname|family name|last|nom de famille|nachname|familienname|apellido"
        "|apellidos",
    ),
    (
        _F.NAME,
        1.0,
        "name|full name|fullname|nom|nom complet|nombre|nombre completo|vollstandiger name|contact name",
    ),
    (_F.NAME, 0.7, "contact|contact person|ansprechpartner|interlocuteur|contacto|persona de contacto"),
    (
        _F.COMPANY,
        1.0,
        "company|organization|organisation|business|firm|employer|account name|entreprise|societe"
        "|raison sociale|etablissement|organisme|firma|unternehmen|firmenname|betrieb|empresa"
        "|razon social|compania|organizacion",
    ),
    (
        _F.TITLE,
        1.0,
        "title|job title|position|role|job|occupation|fonction|intitule de poste|titre|titel|funktion"
        "|berufsbezeichnung|cargo|puesto|funcion",
    ),
    (
        _F.EMAIL,
        1.0,
        "email|e mail|mail|email address|e mail address|courriel|adresse mail|adresse email"
        "|adresse e mail|mel|mailadresse|emailadresse|correo|correo electronico",
    ),
    (
        _F.ADDRESS,
        1.0,
        "address|street|street address|address line|addr|adresse|rue|voie|strasse|anschrift"
        "|strasse und hausnummer|direccion|calle|domicilio",
    ),
    (
        _F.CITY,
        1.0,
        "city|town|city town|town city|locality|municipality|ville|commune|localite|stadt|ort|wohnort"
        "|ciudad|localidad|municipio|poblacion",
    ),
    (_F.STATE, 1.0, "state|st|state code|province|state province|bundesland|estado|provincia"),
    (_F.STATE, 0.8, "departement|kanton|canton|prefecture"),
    (_F.STATE, 0.7, "region|region administrative"),
    (
        _F.POSTAL_CODE,
        1.0,
        "zip|zip code|zipcode|postal code|postcode|post code|postalcode|code postal|cp|plz|postleitzahl"
        "|codigo postal",
    ),
    (_F.COUNTRY, 1.0, "country|country code|pays|land|pais|nation|staat"),
    (
        _F.EXTERNAL_ID,
        1.0,
        "id|external id|identifier|record id|lead id|customer id|customer number|customer no"
        "|client number|account number|uuid|identifiant|numero client|numero de client|kennung"
        "|kundennummer|kundennr|identificador|numero de cliente",
    ),
    (_F.EXTERNAL_ID, 0.7, "reference|ref|referenz|referencia"),
    (_F.SOURCE, 1.0, "source|lead source|origin|origine|quelle|herkunft|fuente|origen|procedencia"),
    (
        _F.NOTE,
        1.0,
        "note|notes|comment|comments|remark|remarks|commentaire|commentaires|remarque|remarques|bemerkung"
        "|bemerkungen|notiz|notizen|anmerkung|kommentar|nota|notas|comentario|comentarios|observaciones",
    ),
)
NAMES: Final = {name: (field, sure) for field, sure, names in _NAMES for name in names.split("|")}
LONGEST_NAME: Final = max(len(name.split()) for name in NAMES)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Further words in a column's name: how much less sure each makes it.
NOISE: Final = _words("of the a an de du des d la le les l der die das del el los las your and und et y")
USUAL: Final = _words(
    "contact customer client primary main principal number no nr num numero nummer full official officiel "
    "legal person lead prospect business work home office mailing physical location daytime best "
    "preferred name line code kunde kunden interessent cliente privat bureau domicile 1"
)
ORGANISATION: Final = _words(
    "facility hospital clinic company organization organisation business firm firma establishment site "
    "school store shop restaurant practice agency account employer institution museum musee etablissement "
    "entreprise societe unternehmen betrieb empresa centro branch dealer plant legal corporate office"
)
SOMEBODY_ELSE: Final = _words(
    "operator cooperator owner parent billing shipping emergency spouse partner agent rep representative "
    "manager referrer referral referred guarantor doctor physician supervisor assistant fax telefax "
    "telecopie county user file sales previous old former alternate regional"
)

# A word that makes the column something else than a field of this kind.
NEVER: Final = {
    _F.PHONE: _words(
        "fax telefax telecopie telecopieur type kind id verified valid date time country consent status "
        "carrier extension ext count dnc opt"
    ),
    _F.EMAIL: _words("status verified valid opt consent type date count bounce"),
    _F.ADDRESS: _words("email mail ip web url mac internet type e"),
    _F.NAME: _words("file user username domain first last middle list campaign product"),
    _F.COMPANY: _words("type size revenue id website url"),
    _F.COUNTRY: frozenset({"phone", "tel", "dial"}),
    _F.SOURCE: frozenset({"code", "id"}),
}
