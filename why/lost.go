package why

import (
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// cut are the causes of a stream that ended without a Close frame, and which
// alone do not tell by whose hand.
var cut = cause(protocol.CauseEOF, protocol.CauseEOFInFrame, protocol.CauseEOFInMessage, protocol.CauseReset, protocol.CauseTLSTruncated, protocol.CauseStreamReset)

// young is a connection of less than a second.
func young(ev websocket.CloseEvent) bool {
	a, known := age(ev)
	return known && a < time.Second
}

// roundAge is a connection of an age that is a usual timeout.
func roundAge(ev websocket.CloseEvent) bool {
	a, known := age(ev)
	_, round := roundTimeout(a)
	return known && round
}

// age is how long a connection was open, if that can be said.
func age(ev websocket.CloseEvent) (time.Duration, bool) {
	if ev.OpenedAt.IsZero() || ev.ClosedAt.Before(ev.OpenedAt) {
		return 0, false
	}
	return ev.ClosedAt.Sub(ev.OpenedAt), true
}

// lostRules are about transports that were lost.
var lostRules = []rule{
	{"lost-while-closing", all(cut, phase(protocol.PhaseClosing)), Likely, Peer,
		text{"The closing handshake had begun, and the stream ended before it was complete: many peers drop TCP instead of answering.", []string{"See whether the peer answers a Close before it closes TCP.", "The last messages may be lost: look at unsentBytes and discardedBytes."}},
		text{"La poignée de main de fermeture avait commencé, et le flux s’est arrêté avant sa fin : bien des pairs coupent TCP au lieu de répondre.", []string{"Voyez si le pair répond à Close avant de fermer TCP.", "Les derniers messages sont peut-être perdus : regardez unsentBytes et discardedBytes."}}},
	{"cut-after-opening", all(cut, young), Likely, Unknown,
		text{"The stream was cut within a second of opening: a server that fails on its first work, or a proxy that lets the handshake through and nothing else.", []string{"Look at what the server does first, and for a crash there.", "Connect past the proxy and compare."}},
		text{"Le flux a été coupé moins d’une seconde après l’ouverture : un serveur qui échoue dès son premier travail, ou un proxy qui laisse passer la poignée de main et rien d’autre.", []string{"Regardez ce que le serveur fait d’abord, et s’il y plante.", "Connectez-vous sans le proxy et comparez."}}},
	{"eof-in-frame", cause(protocol.CauseEOFInFrame, protocol.CauseEOFInMessage), Likely, Unknown,
		text{"The stream ended in the middle of a message: a crash, a killed process or a cut while the peer was sending. No library closes so on purpose.", []string{"Look for a crash or an out-of-memory kill at the peer.", "See whether others ended in the same second: a deploy."}},
		text{"Le flux s’est arrêté au milieu d’un message : un plantage, un processus tué ou une coupure pendant que le pair envoyait. Aucune bibliothèque ne ferme ainsi exprès.", []string{"Cherchez chez le pair un plantage ou un arrêt faute de mémoire.", "Voyez si d’autres ont fini dans la même seconde : un déploiement."}}},
	{"round-age", all(cut, roundAge), NotSure, Unknown,
		text{"The stream ended without a Close frame, at an age that many proxies have as a timeout. A single connection may have that age by chance.", []string{"See whether other connections end at the same age.", "If so, send Pings more often than the proxy's idle timeout."}},
		text{"Le flux s’est arrêté sans trame Close, à un âge que bien des proxys ont pour délai. Une seule connexion peut avoir cet âge par hasard.", []string{"Voyez si d’autres connexions finissent au même âge.", "Si oui, envoyez des Ping plus souvent que le délai d’inactivité du proxy."}}},
	{"reset", cause(protocol.CauseReset), NotSure, Unknown,
		text{"TCP was reset. The peer, its kernel, a proxy and a firewall all reset in the same way, and one reset does not tell which it was.", []string{"Look at the peer's log at that time.", "Look for more resets: their ages and their times tell more."}},
		text{"TCP a été réinitialisé. Le pair, son noyau, un proxy et un pare-feu le font de la même façon ; une seule réinitialisation ne dit pas lequel.", []string{"Regardez le journal du pair à cette heure.", "Cherchez d’autres réinitialisations : leurs âges et leurs heures en disent plus."}}},
	{"eof", cause(protocol.CauseEOF, protocol.CauseTLSTruncated), NotSure, Unknown,
		text{"The stream ended in order, between two messages, without a Close frame. A process that ended, a proxy and a library that does not say goodbye all look like this.", []string{"Look at the peer's log at that time.", "Look for more such ends: their ages and their times tell more."}},
		text{"Le flux s’est terminé en ordre, entre deux messages, sans trame Close. Un processus terminé, un proxy et une bibliothèque qui ne dit pas au revoir se ressemblent ici.", []string{"Regardez le journal du pair à cette heure.", "Cherchez d’autres fins pareilles : leurs âges et leurs heures en disent plus."}}},
	{"tls-alert", cause(protocol.CauseTLSAlert), Likely, Between,
		text{"TLS failed on an open connection: bytes were changed on the way, or one side gave up.", []string{"Look for a proxy that opens TLS.", "Compare the TLS versions of both sides."}},
		text{"TLS a échoué sur une connexion ouverte : des octets ont changé en route, ou l’un des côtés a renoncé.", []string{"Cherchez un proxy qui ouvre TLS.", "Comparez les versions TLS des deux côtés."}}},
	{"stream-reset", cause(protocol.CauseStreamReset), NotSure, Unknown,
		text{"The HTTP stream was reset; its code stands in transport, and any hop can have sent it.", []string{"Look the code up, and read the proxy's log."}},
		text{"Le flux HTTP a été réinitialisé ; son code figure dans transport, et tout intermédiaire a pu l’envoyer.", []string{"Consultez le code et lisez le journal du proxy."}}},
	{"io-failed", cause(protocol.CauseReadFailed, protocol.CauseWriteFailed), NotSure, Unknown,
		text{"Reading or writing failed in a way that the event does not name.", []string{"Read the error of the CloseError."}},
		text{"La lecture ou l’écriture a échoué d’une façon que l’événement ne nomme pas.", []string{"Lisez l’erreur du CloseError."}}},
}
