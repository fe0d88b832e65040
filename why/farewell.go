package why

import (
	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

func private(ev websocket.CloseEvent) bool { return ev.Code >= 3000 && ev.Code <= 4999 }

// farewellRules are about Close frames. What a code means is in the registry;
// these rows add who said it to whom.
var farewellRules = []rule{
	{"finished", code(websocket.NormalClosure), Certain, "",
		text{"The connection was closed on purpose.", nil},
		text{"La connexion a été fermée volontairement.", nil}},
	{"own-shutdown", all(code(websocket.GoingAway), by(protocol.Local)), Certain, ThisSide,
		text{"This side said that it leaves.", nil},
		text{"Ce côté a dit qu’il s’en allait.", nil}},
	{"page-left", all(code(websocket.GoingAway), role(protocol.Server)), Likely, Peer,
		text{"The client left: a page that was closed, reloaded or navigated away from.", nil},
		text{"Le client est parti : une page fermée, rechargée ou quittée.", nil}},
	{"server-leaving", code(websocket.GoingAway), Likely, Peer,
		text{"The server, or a proxy in its name, shuts down or ends an idle connection.", nil},
		text{"Le serveur, ou un proxy en son nom, s’arrête ou termine une connexion inactive.", nil}},
	{"no-status", code(websocket.NoStatusRcvd), NotSure, "",
		text{"The first Close frame carried no code: whoever closed did not say why, and nothing else tells.", nil},
		text{"La première trame Close ne portait pas de code : celui qui a fermé n’a pas dit pourquoi, et rien d’autre ne le dit.", nil}},
	{"own-fault", all(code(websocket.ProtocolError, websocket.InvalidFramePayloadData, websocket.MessageTooBig), by(protocol.Remote)), Likely, ThisSide,
		text{"The peer found fault with what it got from this side, or from something in between that changed it.", nil},
		text{"Le pair a trouvé à redire à ce qu’il a reçu de ce côté, ou d’un intermédiaire qui l’a modifié.", nil}},
	{"peer-failed", all(code(websocket.InternalError), by(protocol.Remote)), Certain, Peer,
		text{"The peer met an error of its own and gave up.", nil},
		text{"Le pair a rencontré une erreur chez lui et a renoncé.", nil}},
	{"restart", code(websocket.ServiceRestart), Certain, "",
		text{"The server restarts, and expects its clients back.", nil},
		text{"Le serveur redémarre et attend le retour de ses clients.", nil}},
	{"try-later", code(websocket.TryAgainLater), Certain, "",
		text{"The service sheds load.", nil},
		text{"Le service se décharge.", nil}},
	{"gateway", code(websocket.BadGateway), Certain, "",
		text{"A gateway lost the server behind it.", nil},
		text{"Une passerelle a perdu le serveur placé derrière elle.", nil}},
	{"application-code", private, Certain, "",
		text{"An application closed with a number of its own; only its documentation says what for.", nil},
		text{"Une application a fermé avec un nombre à elle ; seule sa documentation dit pourquoi.", nil}},
	{"abnormal", code(websocket.AbnormalClosure), NotSure, Unknown,
		text{"The connection ended without a Close frame, and the event does not say how.", nil},
		text{"La connexion s’est terminée sans trame Close, et l’événement ne dit pas comment.", nil}},
	{"said-so", always, Certain, "",
		text{"A Close frame said why, by its code.", nil},
		text{"Une trame Close a dit pourquoi, par son code.", nil}},
}
