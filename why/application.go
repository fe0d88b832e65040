package why

import "github.com/onclose/websocket/protocol"

// applicationRules are about ends that this side's application wanted or caused.
var applicationRules = []rule{
	{"panic", cause(protocol.CausePanic), Certain, ThisSide,
		text{"This side's handler panicked.", []string{"Find the panic and its stack in the log at that time."}},
		text{"Le gestionnaire de ce côté a paniqué.", []string{"Cherchez la panique et sa pile dans le journal à cette heure."}}},
	{"aborted", cause(protocol.CauseAborted), Certain, ThisSide,
		text{"This side cut the connection without a Close frame.", []string{"Find the call of Abort, or who closed the connection below.", "Use Close to tell the peer why."}},
		text{"Ce côté a coupé la connexion sans trame Close.", []string{"Cherchez l’appel à Abort, ou qui a fermé la connexion du dessous.", "Utilisez Close pour dire pourquoi au pair."}}},
	{"context-canceled", cause(protocol.CauseContextCanceled), Certain, ThisSide,
		text{"A context of this side ended, and the connection with it.", []string{"Find who cancelled it, or which deadline passed."}},
		text{"Un contexte de ce côté a pris fin, et la connexion avec lui.", []string{"Cherchez qui l’a annulé, ou quelle échéance est passée."}}},
	{"unsupported-data", cause(protocol.CauseUnsupportedData), Certain, ThisSide,
		text{"A message came of a type that this side does not take.", nil},
		text{"Un message est arrivé d’un type que ce côté ne prend pas.", nil}},
}
