package main

import "github.com/onclose/websocket/why"

// whyWords are the words of why in one language.
type whyWords struct {
	who, sure, code, age, rule, next string

	when, median string

	events, suspects, nobody, ages, codes, groups string

	parties map[why.Party]string
	degrees map[why.Confidence]string
}

func whyWordsIn(lang string) *whyWords {
	if explainWordsIn(lang) == &explainWordsFR {
		return &whyWordsFR
	}
	return &whyWordsEN
}

var whyWordsEN = whyWords{
	who: "who", sure: "how sure", code: "the code", age: "open for", rule: "rule", next: "What to check next",
	when: "closed from %s to %s", median: ", median age %s",
	events: "%d CloseEvents", suspects: "Top suspects", nobody: "none: every connection was closed on purpose",
	ages: "Ages", codes: "Codes", groups: "Groups (count, code, cause, initiator, phase)",
	parties: map[why.Party]string{
		why.ThisSide: "this side", why.Peer: "the peer", why.Sides: "both sides",
		why.Between: "something in between", why.Unknown: "not known",
	},
	degrees: map[why.Confidence]string{why.Certain: "certain", why.Likely: "likely", why.NotSure: "not sure"},
}

var whyWordsFR = whyWords{
	who: "qui", sure: "certitude", code: "le code", age: "ouverte pendant", rule: "règle", next: "Que vérifier ensuite",
	when: "fermées de %s à %s", median: ", âge médian %s",
	events: "%d CloseEvents", suspects: "Principaux suspects", nobody: "aucun : toutes les connexions ont été fermées volontairement",
	ages: "Âges", codes: "Codes", groups: "Groupes (nombre, code, cause, initiateur, phase)",
	parties: map[why.Party]string{
		why.ThisSide: "ce côté", why.Peer: "le pair", why.Sides: "les deux côtés",
		why.Between: "un intermédiaire", why.Unknown: "inconnu",
	},
	degrees: map[why.Confidence]string{why.Certain: "certain", why.Likely: "probable", why.NotSure: "pas sûr"},
}
