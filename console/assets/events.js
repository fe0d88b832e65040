// The server's feed: one CloseEvent for every connection that ended there.

const againMilliseconds = 5000;

// follow reads the feed for as long as the page lives. The listener's functions:
// event(closeEvent, id), missed(count), state('live' | 'retrying' | 'lost').
export function follow(listener, seen = { epoch: '', number: 0 }) {
  const source = new EventSource('events');
  source.onopen = () => listener.state('live');
  source.onmessage = (message) => {
    if (isNew(message.lastEventId, seen)) listener.event(JSON.parse(message.data), message.lastEventId);
  };
  source.addEventListener('missed', (message) => listener.missed(JSON.parse(message.data).missed));
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) {
      listener.state('retrying'); // the browser tries again by itself
      return;
    }
    listener.state('lost'); // the server refused: it is ours to try again
    setTimeout(() => follow(listener, seen), againMilliseconds);
  };
}

// isNew remembers the newest id and refuses what was seen: a subscription that
// starts anew gets the recent events again.
function isNew(id, seen) {
  const [epoch, digits] = id.split('-');
  const number = Number(digits);
  if (epoch === seen.epoch && number <= seen.number) return false;
  seen.epoch = epoch;
  seen.number = number;
  return true;
}
