package why

import "github.com/onclose/websocket/protocol"

// waitRules are about waits that ended.
var waitRules = []rule{
	{"pong-timeout", cause(protocol.CausePongTimeout), Likely, Between,
		text{"A keepalive Ping was not answered: the peer sleeps, or its network is lost.", []string{"On phones and laptops this is everyday: reconnect on wake.", "If many end so at once, look at the network between."}},
		text{"Un Ping de maintien est resté sans réponse : le pair est en veille, ou son réseau est perdu.", []string{"Sur téléphones et portables, c’est le quotidien : reconnectez au réveil.", "Si beaucoup finissent ainsi à la fois, regardez le réseau entre les deux."}}},
	{"slow-consumer", cause(protocol.CauseWriteTimeout), Likely, Peer,
		text{"The peer took no bytes for the whole write timeout: it stopped reading, or its network is lost.", []string{"See whether the peer's reader is blocked by its own work.", "Send less, or drop what a slow peer does not need."}},
		text{"Le pair n’a pris aucun octet pendant tout le délai d’écriture : il ne lit plus, ou son réseau est perdu.", []string{"Voyez si la lecture du pair est bloquée par son propre travail.", "Envoyez moins, ou abandonnez ce dont un pair lent n’a pas besoin."}}},
	{"queue-full", cause(protocol.CauseSlowConsumer), Likely, Peer,
		text{"The peer took less than this side sent, until the send queue had no room.", []string{"See whether the peer's reader is blocked by its own work.", "Send less, or let SendQueue wait or skip what a slow peer does not need."}},
		text{"Le pair a pris moins que ce côté n’envoyait, jusqu’à ce que la file d’envoi soit pleine.", []string{"Voyez si la lecture du pair est bloquée par son propre travail.", "Envoyez moins, ou laissez SendQueue attendre ou sauter ce dont un pair lent n’a pas besoin."}}},
	{"close-timeout", cause(protocol.CauseCloseTimeout), Likely, Peer,
		text{"The peer did not answer our Close frame in time: it hangs, does not read, or its network is lost.", []string{"See whether the peer reads at all while it closes.", "Some libraries answer a Close only inside a read."}},
		text{"Le pair n’a pas répondu à temps à notre trame Close : il est bloqué, ne lit pas, ou son réseau est perdu.", []string{"Voyez si le pair lit encore quand il ferme.", "Certaines bibliothèques ne répondent à Close que dans une lecture."}}},
}
