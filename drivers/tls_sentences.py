"""What can be wrong between two sides of a TLS connection, told to the one who can mend it.

One table for what OpenSSL finds in the peer's certificate, one for what the peer says of ours
(RFC 8446 6.2 alerts), one for greetings that are no TLS or an old one.
"""

from hal.errors import Sentence

UNREADABLE = Sentence(
    en="The {what} {path} cannot be read ({reason}). Put the file there, readable by the node, in "
    "PEM form.",
    fr="Le fichier {path} ({what_fr}) est illisible ({reason}). Placez-y le fichier, lisible par "
    "le poste, au format PEM.",
)
KEY_DIFFERS = Sentence(
    en="The private key {key} does not belong to the certificate {certificate}. Install the two "
    "that were issued together.",
    fr="La clé privée {key} ne correspond pas au certificat {certificate}. Installez les deux "
    "fichiers émis ensemble.",
)
OURS_EXPIRED = Sentence(
    en="This node's certificate expired on {day}. Images are kept; install a new certificate.",
    fr="Le certificat de ce poste a expiré le {day}. Les images sont gardées ; installez un "
    "nouveau certificat.",
)
OURS_NOT_YET = Sentence(
    en="This node's certificate is valid only from {day}. Check this node's date, or the "
    "certificate.",
    fr="Le certificat de ce poste n'est valable qu'à partir du {day}. Vérifiez la date de ce "
    "poste, ou le certificat.",
)

UNKNOWN_AUTHORITY = Sentence(
    en="The certificate of {host} was not issued by an authority that this node trusts. Add its "
    "authority to the trusted ones, or have the archive show the right certificate.",
    fr="Le certificat de {host} n'a pas été émis par une autorité reconnue par ce poste. Ajoutez "
    "son autorité à celles de confiance, ou faites installer le bon certificat à l'archive.",
)
THEIRS_EXPIRED = Sentence(
    en="The certificate of {host} has expired. Images are kept; ask the archive's administrator "
    "to renew it.",
    fr="Le certificat de {host} a expiré. Les images sont gardées ; demandez à l'administrateur de "
    "l'archive de le renouveler.",
)
THEIRS_NOT_YET = Sentence(
    en="The certificate of {host} is not valid yet. Check this node's date; if it is right, call "
    "the archive's administrator.",
    fr="Le certificat de {host} n'est pas encore valable. Vérifiez la date de ce poste ; si elle "
    "est juste, appelez l'administrateur de l'archive.",
)
NAME_DIFFERS = Sentence(
    en="The certificate shown by {host} is for another name than {name}. Correct the host name in "
    "the configuration, or have the archive's certificate corrected.",
    fr="Le certificat présenté par {host} porte un autre nom que {name}. Corrigez le nom d'hôte "
    "dans la configuration, ou faites corriger le certificat de l'archive.",
)
THEIRS_REFUSED = Sentence(
    en="The certificate of {host} cannot be accepted ({reason}). Show this to the archive's "
    "administrator.",
    fr="Le certificat de {host} ne peut pas être accepté ({reason}). Montrez ce message à "
    "l'administrateur de l'archive.",
)
IN_THEIR_CERTIFICATE = {
    9: THEIRS_NOT_YET,
    10: THEIRS_EXPIRED,
    18: UNKNOWN_AUTHORITY,
    19: UNKNOWN_AUTHORITY,
    20: UNKNOWN_AUTHORITY,
    21: UNKNOWN_AUTHORITY,
    62: NAME_DIFFERS,
    64: NAME_DIFFERS,
}
"""X509_V_ERR_... of OpenSSL's x509_vfy.h: dates, self-signed or issuer not found, name, address."""

OURS_MISSING = Sentence(
    en="{host} asks for a certificate of this node and got none. Check the certificate in the "
    "configuration.",
    fr="{host} exige un certificat de ce poste et n'en a pas reçu. Vérifiez le certificat dans la "
    "configuration.",
)
OURS_UNKNOWN = Sentence(
    en="{host} does not trust the authority of this node's certificate. Ask its administrator to "
    "add it, or install the certificate that was issued for this archive.",
    fr="{host} ne reconnaît pas l'autorité du certificat de ce poste. Demandez à son "
    "administrateur de l'ajouter, ou installez le certificat émis pour cette archive.",
)
OURS_TOO_OLD = Sentence(
    en="{host} says that this node's certificate has expired. Compare the dates of both machines, "
    "or install a new certificate.",
    fr="{host} indique que le certificat de ce poste a expiré. Comparez les dates des deux "
    "machines, ou installez un nouveau certificat.",
)
OURS_REFUSED = Sentence(
    en="{host} does not accept this node's certificate or proposals ({reason}). Ask its "
    "administrator which certificate it wants.",
    fr="{host} n'accepte pas le certificat ou les propositions de ce poste ({reason}). Demandez à "
    "son administrateur quel certificat il attend.",
)
OLD_TLS = Sentence(
    en="{host} speaks only an old version of TLS, no longer safe. Ask its administrator for TLS "
    "1.2 or newer (DICOM's BCP 195 profile).",
    fr="{host} ne parle qu'une ancienne version de TLS, qui n'est plus sûre. Demandez à son "
    "administrateur TLS 1.2 ou plus récent (profil BCP 195 de DICOM).",
)
NO_TLS = Sentence(
    en="{host}:{port} does not speak TLS. Correct the port (2762 by custom), or ask the "
    "archive's administrator to switch TLS on.",
    fr="{host}:{port} ne parle pas TLS. Corrigez le port (2762 par usage), ou demandez à "
    "l'administrateur de l'archive d'activer TLS.",
)
HUNG_UP = Sentence(
    en="{host}:{port} broke off the TLS greeting ({reason}). It will be tried again; if this "
    "lasts, check that TLS is spoken on that port and that it knows this node's certificate.",
    fr="{host}:{port} a interrompu l'ouverture TLS ({reason}). Un nouvel essai suivra ; si cela "
    "dure, vérifiez que ce port parle TLS et connaît le certificat de ce poste.",
)
BY_REASON = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": OURS_MISSING,
    "TLSV1_ALERT_UNKNOWN_CA": OURS_UNKNOWN,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": OURS_TOO_OLD,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": OURS_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": OURS_REFUSED,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": OURS_REFUSED,
    "SSLV3_ALERT_BAD_CERTIFICATE": OURS_REFUSED,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": OURS_REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": OURS_REFUSED,
    "TLSV1_ALERT_DECRYPT_ERROR": OURS_REFUSED,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": OURS_REFUSED,
    "TLSV1_ALERT_PROTOCOL_VERSION": OLD_TLS,
    "UNSUPPORTED_PROTOCOL": OLD_TLS,
    "WRONG_VERSION_NUMBER": NO_TLS,
    "WRONG_SSL_VERSION": NO_TLS,
    "HTTP_REQUEST": NO_TLS,
    "RECORD_LAYER_FAILURE": NO_TLS,
    "PACKET_LENGTH_TOO_LONG": NO_TLS,
}
"""OpenSSL's names of reasons, in both 1.1 and 3.x where they differ."""

ENDS_SOON = Sentence(
    en="The certificate of {who} ({subject}) expires in {days} days, on {day}. Have it renewed "
    "before then: nothing is sent afterwards.",
    fr="Le certificat {who_fr} ({subject}) expire dans {days} jours, le {day}. Faites-le "
    "renouveler d'ici là : plus rien ne sera envoyé ensuite.",
)
ENDED = Sentence(
    en="The certificate of {who} ({subject}) expired on {day}. Images are kept; have it renewed.",
    fr="Le certificat {who_fr} ({subject}) a expiré le {day}. Les images sont gardées ; "
    "faites-le renouveler.",
)
