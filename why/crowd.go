package why

import (
	"slices"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// crowdRule is a row about many events: find picks those that it explains, none
// when it does not hold.
type crowdRule struct {
	name   string
	find   func([]websocket.CloseEvent) []websocket.CloseEvent
	sure   Confidence
	en, fr text
}

// minCrowd is from how many events on they are a crowd.
const minCrowd = 3

// instant is how far apart ends in the same moment may be.
const instant = 2 * time.Second

// crowdRules are asked in this order; an event belongs to the first that finds it.
var crowdRules = []crowdRule{
	{"idle-timeout", sameRoundAge, Likely,
		text{"These connections ended at one and the same age, a round number of seconds, and at different times: an idle timeout or a lifetime limit of a proxy or load balancer.", []string{"Compare the age with the timeouts of every proxy on the way.", "Send Pings at less than half of it, or raise it."}},
		text{"Ces connexions ont fini au même âge, un nombre rond de secondes, et à des heures différentes : un délai d’inactivité ou une durée de vie limitée dans un proxy ou un répartiteur.", []string{"Comparez l’âge aux délais de chaque proxy en chemin.", "Envoyez des Ping à moins de la moitié, ou relevez le délai."}}},
	{"killed-process", together(all(cut, phase(protocol.PhaseOpen))), Likely,
		text{"Connections of different ages were cut in the same moment without a Close frame: a process was killed or crashed, or a deploy did not wait for its connections; else a proxy restarted.", []string{"Look for a deploy, a crash or an out-of-memory kill in that second.", "Close with 1001 or 1012 on SIGTERM, and wait."}},
		text{"Des connexions d’âges différents ont été coupées au même moment sans trame Close : un processus tué ou tombé, ou un déploiement qui n’a pas attendu ses connexions ; sinon, un proxy redémarré.", []string{"Cherchez un déploiement, un plantage ou un arrêt faute de mémoire à cette seconde.", "Fermez avec 1001 ou 1012 sur SIGTERM, et attendez."}}},
	{"network-lost", together(cause(protocol.CausePongTimeout)), Likely,
		text{"Several peers stopped answering Pings in the same moment: rather a network that was lost than clients that sleep.", []string{"Look at the network and the proxies they share."}},
		text{"Plusieurs pairs ont cessé de répondre aux Ping au même moment : plutôt un réseau perdu que des clients en veille.", []string{"Regardez le réseau et les proxys qu’ils partagent."}}},
	{"shutdown", together(all(code(websocket.GoingAway, websocket.ServiceRestart), role(protocol.Client), by(protocol.Remote))), Certain,
		text{"The server closed many connections in the same moment and said so: an orderly shutdown or deploy.", []string{"Nothing is broken. Spread the return of the clients at random."}},
		text{"Le serveur a fermé beaucoup de connexions au même moment et l’a dit : un arrêt ou un déploiement en bon ordre.", []string{"Rien n’est cassé. Étalez au hasard le retour des clients."}}},
	{"page-change", together(all(code(websocket.GoingAway), role(protocol.Server), by(protocol.Remote))), Likely,
		text{"Many clients left in the same moment: a page that was changed, reloaded or closed with its connections, or a client program that shut down.", []string{"See whether the URLs and the user are the same."}},
		text{"Beaucoup de clients sont partis au même moment : une page changée, rechargée ou fermée avec ses connexions, ou un programme client arrêté.", []string{"Voyez si les URL et l’utilisateur sont les mêmes."}}},
}

// roundTimeouts are the usual timeouts of proxies, in seconds.
var roundTimeouts = []time.Duration{30, 55, 60, 75, 90, 100, 120, 300, 350, 600, 3600}

// roundTimeout is the usual timeout that an age lies at: up to a second above, or
// two hundredths, but no more than 5 s; and a tenth of a second below, for clocks.
func roundTimeout(age time.Duration) (time.Duration, bool) {
	for _, seconds := range roundTimeouts {
		timeout := seconds * time.Second
		above := min(max(time.Second, timeout/50), 5*time.Second)
		if age >= timeout-100*time.Millisecond && age <= timeout+above {
			return timeout, true
		}
	}
	return 0, false
}

// sameRoundAge finds the cut connections of one round age, if they are at least
// half of all that were cut and did not end in the same moment.
func sameRoundAge(events []websocket.CloseEvent) []websocket.CloseEvent {
	byAge := map[time.Duration][]websocket.CloseEvent{}
	cuts := 0
	var most []websocket.CloseEvent
	for _, ev := range events {
		a, known := age(ev)
		if !known || !cut(ev) && !all(code(websocket.GoingAway), by(protocol.Remote))(ev) {
			continue
		}
		cuts++
		timeout, round := roundTimeout(a)
		if !round {
			continue
		}
		byAge[timeout] = append(byAge[timeout], ev)
		if len(byAge[timeout]) > len(most) {
			most = byAge[timeout]
		}
	}
	if len(most) < minCrowd || 2*len(most) < cuts || spread(most, closedAt) <= instant {
		return nil
	}
	return most
}

// together finds the events that pass a test and ended in the same moment, the
// largest such crowd, if their ages differ.
func together(test func(websocket.CloseEvent) bool) func([]websocket.CloseEvent) []websocket.CloseEvent {
	return func(events []websocket.CloseEvent) []websocket.CloseEvent {
		var passed []websocket.CloseEvent
		for _, ev := range events {
			if _, known := age(ev); known && test(ev) {
				passed = append(passed, ev)
			}
		}
		slices.SortStableFunc(passed, func(a, b websocket.CloseEvent) int { return a.ClosedAt.Compare(b.ClosedAt) })
		first, crowd := 0, passed[:0]
		for i, ev := range passed {
			for ev.ClosedAt.Sub(passed[first].ClosedAt) > instant {
				first++
			}
			if i+1-first > len(crowd) {
				crowd = passed[first : i+1]
			}
		}
		if len(crowd) < minCrowd || 2*len(crowd) < len(passed) || spread(crowd, ageOf) <= instant/2 {
			return nil
		}
		return crowd
	}
}

func closedAt(ev websocket.CloseEvent) time.Duration { return time.Duration(ev.ClosedAt.UnixNano()) }

func ageOf(ev websocket.CloseEvent) time.Duration {
	a, _ := age(ev)
	return a
}

// spread is the distance between the smallest and the largest value.
func spread(events []websocket.CloseEvent, value func(websocket.CloseEvent) time.Duration) time.Duration {
	low, high := value(events[0]), value(events[0])
	for _, ev := range events {
		low, high = min(low, value(ev)), max(high, value(ev))
	}
	return high - low
}
