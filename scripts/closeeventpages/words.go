package main

// words are what the tables say in one language; the prose is in the template.
type words struct {
	tag, file string

	yes, no, and, colon, semicolon string

	codeHead                                        []string
	statuses, senders                               map[string]string
	sentBy, registered, registry, ianaName, oldName string
	causes, remedies, outdated                      string
	group, scenarios, onWire, standard              string
	asSent, clean, noEvent, withError, withoutError string
	expression, byIDL, otherClients, throws         string
}

func (w *words) yesNo(yes bool) string {
	if yes {
		return w.yes
	}
	return w.no
}

var english = words{
	tag: "en", file: "closeevent.md",
	yes: "yes", no: "no", and: "and", colon: ": ", semicolon: "; ",
	codeHead: []string{"code", "name", "meaning", "sent by", "a page may send it"},
	statuses: map[string]string{
		"assigned": "assigned", "result": "a result, never on the wire", "reserved": "reserved", "unassigned": "unassigned",
		"unused": "unused", "private": "private", "out-of-range": "in no range",
	},
	senders: map[string]string{"client": "client", "server": "server", "both": "both", "nobody": "nobody"},
	sentBy:  "sent by ", registered: "registered ", registry: "IANA registry",
	ianaName: "IANA's name: ", oldName: "old name ",
	causes: "Usual causes", remedies: "What to do", outdated: "MDN's old page:",
	group: "group", scenarios: "scenarios", onWire: "on the wire", standard: "standard",
	asSent: "as sent, clean", clean: "clean", noEvent: "no event", withError: "with `error`", withoutError: "no `error`",
	expression: "expression", byIDL: "by the IDL", otherClients: "clients that differ", throws: "throws ",
}

var french = words{
	tag: "fr", file: "closeevent.fr.md",
	yes: "oui", no: "non", and: "et", colon: "\u00a0: ", semicolon: "\u00a0; ",
	codeHead: []string{"code", "nom", "signification", "émetteur", "permis aux pages"},
	statuses: map[string]string{
		"assigned": "attribué", "result": "un résultat, jamais transmis", "reserved": "réservé", "unassigned": "non attribué",
		"unused": "inutilisé", "private": "privé", "out-of-range": "hors plage",
	},
	senders: map[string]string{"client": "client", "server": "serveur", "both": "les deux", "nobody": "personne"},
	sentBy:  "émetteur\u00a0: ", registered: "enregistré\u00a0: ", registry: "registre de l’IANA",
	ianaName: "nom à l’IANA\u00a0: ", oldName: "ancien nom\u00a0: ",
	causes: "Causes habituelles", remedies: "Que faire", outdated: "L’ancienne page de MDN\u00a0:",
	group: "groupe", scenarios: "scénarios", onWire: "transmis", standard: "standard",
	asSent: "tel quel, propre", clean: "propre", noEvent: "aucun évènement", withError: "avec `error`", withoutError: "sans `error`",
	expression: "expression", byIDL: "selon l’IDL", otherClients: "clients qui diffèrent", throws: "lève ",
}
