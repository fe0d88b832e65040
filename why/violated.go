package why

import (
	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// violationRules are about peers that broke a rule or a limit of ours.
var violationRules = []rule{
	{"forbidden-code", func(ev websocket.CloseEvent) bool { return ev.OffendingCode != nil }, Certain, Peer,
		text{"The peer put a number into its Close frame that no Close frame may carry; offendingCode keeps it.", []string{"Correct the sender: 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be sent."}},
		text{"Le pair a mis dans sa trame Close un nombre qu’aucune ne peut porter ; offendingCode le garde.", []string{"Corrigez l’émetteur : on peut envoyer 1000 à 1003, 1007 à 1014 et 3000 à 4999."}}},
	{"masking", all(cause(protocol.CauseProtocolError), section("RFC 6455, section 5.1")), Likely, Unknown,
		text{"A frame was masked the wrong way round. Endpoints rarely do that: suspect software in between that rewrites frames.", []string{"Connect past the proxy and compare.", "If it stays, the peer plays the wrong role."}},
		text{"Une trame était masquée à l’envers. Les points de terminaison le font rarement : soupçonnez un logiciel intermédiaire qui réécrit les trames.", []string{"Connectez-vous sans le proxy et comparez.", "Si cela reste, le pair joue le mauvais rôle."}}},
	{"reserved-bits", all(cause(protocol.CauseProtocolError), section("RFC 6455, section 5.2")), Likely, Unknown,
		text{"A frame's header is malformed: bytes that are no frame, or an extension that was not agreed. Often a proxy that touches frames, or a peer that compresses unasked.", []string{"Compare the extensions that both sides believe in.", "Connect past the proxy and compare."}},
		text{"L’en-tête d’une trame est mal formé : des octets qui ne sont pas une trame, ou une extension non convenue. Souvent un proxy qui touche aux trames, ou un pair qui compresse sans accord.", []string{"Comparez les extensions que chaque côté croit actives.", "Connectez-vous sans le proxy et comparez."}}},
	{"protocol-error", cause(protocol.CauseProtocolError), Certain, Peer,
		text{"The peer's stream broke the protocol; the rule names the section.", []string{"Look the rule up, and the peer's library and version.", "Two writers without a lock in the peer mix their frames."}},
		text{"Le flux du pair a enfreint le protocole ; la règle nomme la section.", []string{"Consultez la règle, puis la bibliothèque du pair et sa version.", "Deux écrivains sans verrou chez le pair mélangent leurs trames."}}},
	{"invalid-utf8", cause(protocol.CauseInvalidUTF8), Certain, Peer,
		text{"The peer sent text that is not UTF-8.", []string{"Send bytes as a binary message.", "See whether text is cut inside a character."}},
		text{"Le pair a envoyé un texte qui n’est pas de l’UTF-8.", []string{"Envoyez les octets dans un message binaire.", "Voyez si le texte est coupé à l’intérieur d’un caractère."}}},
	{"invalid-deflate", cause(protocol.CauseInvalidDeflate), Certain, Peer,
		text{"The peer's compressed data are broken, or go beyond the agreed window.", []string{"Switch compression off and compare.", "Check the peer's context takeover."}},
		text{"Les données compressées du pair sont abîmées, ou dépassent la fenêtre convenue.", []string{"Désactivez la compression et comparez.", "Vérifiez la reprise de contexte chez le pair."}}},
	{"message-too-big", cause(protocol.CauseMessageTooBig), Certain, Peer,
		text{"A message of the peer was over this side's limit.", []string{"Raise Limits.MessageBytes, or send in parts."}},
		text{"Un message du pair dépassait la limite de ce côté.", []string{"Relevez Limits.MessageBytes, ou envoyez par morceaux."}}},
	{"rate-exceeded", cause(protocol.CauseRateExceeded), Certain, Peer,
		text{"The peer sent more in a second than this side takes.", []string{"Send less often, or raise Limits.MessagesPerSecond or BytesPerSecond."}},
		text{"Le pair a envoyé en une seconde plus que ce côté n’en accepte.", []string{"Envoyez moins souvent, ou relevez Limits.MessagesPerSecond ou BytesPerSecond."}}},
	{"too-many-fragments", cause(protocol.CauseTooManyFragments), Certain, Peer,
		text{"The peer cut a message into more fragments than this side takes.", []string{"See why the peer writes so little at a time."}},
		text{"Le pair a coupé un message en plus de fragments que ce côté n’en accepte.", []string{"Voyez pourquoi le pair écrit si peu à la fois."}}},
}
