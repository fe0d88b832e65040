// The twin of websocket.Reconnect, with the same table: docs/reconnect.md.

// Random between the first two, in seconds; the second doubles with each failure
// until it is the third.
const waits = { 1001: [0, 5, 5], 1012: [5, 30, 30], 1013: [5, 10, 30] };

export function nextTry({ code, reason }, failures) {
	const stop = code === 1000 || (code >= 4000 && code <= 4999);
	const refresh = [1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003].includes(code);
	const [from, first, last] = waits[code] ?? [refresh ? 0 : 0.5, 1, 30];
	const to = Math.min(last, first * 2 ** failures);
	let seconds = from + (to - from) * Math.random();
	// A slot that the server assigned: "drain; retry=12.4".
	const [, slot] = /(?:^|;)\s*retry=([\d.]+)\s*(?:;|$)/.exec(reason) ?? [];
	if ((code === 1001 || code === 1012) && slot <= 86400) seconds = +slot;
	return { stop, refresh, seconds };
}

export function reconnect(url, { protocols = [], binaryType = 'blob', queueBytes = 0, drop, decide, refresh } = {}) {
	const target = Object.assign(new EventTarget(), { url, protocols, send, close });
	const queue = [];
	let queued = 0, socket, useful, openedAt, ended, over, wake;

	function connect() {
		useful = openedAt = undefined;
		socket = target.socket = new WebSocket(target.url, target.protocols);
		socket.binaryType = binaryType;
		const on = (type, before) => socket.addEventListener(type, (e) => {
			before(e);
			target.dispatchEvent(new e.constructor(type, e));
		});
		on('open', (e) => {
			openedAt = e.timeStamp;
			queue.splice(0).forEach(send);
			queued = 0;
		});
		on('message', () => (useful = true));
		return new Promise((end) => on('close', end));
	}

	async function run(end) {
		for (let failures = 0; ; failures++) {
			ended = await end;
			if (useful || ended.timeStamp - openedAt >= 5000) failures = 0;
			const next = nextTry(ended, failures);
			decide?.(ended, next);
			if (over || next.stop || (next.refresh && !refresh)) return;
			if (next.refresh) await refresh(ended);
			if (over) return;
			const waited = new Promise((done) => setTimeout((wake = done), next.seconds * 1000));
			tell('retry', { ended, ...next });
			await waited;
			if (over) return;
			end = connect();
		}
	}

	function send(data) {
		if (socket.readyState === 1) {
			useful = true;
			return socket.send(data);
		}
		const copy = new Blob([data]);
		const bytes = queued + copy.size + 32;
		if (!over && bytes <= queueBytes) {
			queued = bytes;
			queue.push(typeof data === 'object' ? copy : data);
		} else if (over || !drop) {
			throw new DOMException('not open', 'InvalidStateError');
		}
	}

	function close(code, reason) {
		socket.close(code, reason);
		over = true;
		wake?.();
	}

	function finish(error) {
		over = true;
		tell('stop', { ended, error });
	}

	function tell(type, members) {
		target.dispatchEvent(Object.assign(new Event(type), members));
	}

	for (const type of ['open', 'message', 'close', 'retry', 'stop']) {
		target.addEventListener(type, (e) => target['on' + type]?.(e));
	}
	run(connect()).then(finish, finish);
	return target;
}
