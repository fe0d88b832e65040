package websocket

// statusCodeTextsEN is the English of the registry. What changes here changes
// in statuscode_fr.go.
var statusCodeTextsEN = statusCodeTexts{
	ranges: map[StatusCode]string{
		0:    "0 to 999 are not used as status codes.",
		1000: "1000 to 2999 belong to the protocol, its revisions and extensions with a public specification. IANA assigns them only on such a basis.",
		3000: "3000 to 3999 are for libraries, frameworks and applications. IANA registers them first come, first served.",
		4000: "4000 to 4999 are for private use by agreement between the two sides. They cannot be registered.",
		5000: "5000 to 65535 lie in no range of the protocol. Nobody manages them.",
	},
	rows: map[StatusCode]statusCodeText{
		0: {
			description: "Numbers below 1000 are not status codes. No Close frame may carry one.",
			causes: []string{
				"A 0 in a log is mostly an unset variable or a library's way to say \"unknown\"; no peer sent it.",
				"A script made a CloseEvent itself and gave no code: the constructor's default is 0.",
				"The sender wrote an HTTP status, an exit status or an error number into the Close frame.",
			},
			remedies: []string{
				"Change the sender: 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be sent.",
				"To pass on an HTTP status, add 4000 to it: 4404 for 404.",
				"Find out whether the number was on the wire. This library answers it with 1002, reports 1006 and keeps the number as offendingCode.",
			},
		},
		1000: {
			description: "The connection has done its work and one side ended it on purpose. The protocol saw no fault; whether the work succeeded is for the application to say.",
			causes: []string{
				"The application closed after its last message.",
				"The user logged out or left the view that needed the connection.",
				"The peer closed first with 1000 and this side repeated the code.",
				"A library filled in 1000 because its caller named no code, or, wrongly, because the stream just ended.",
			},
			remedies: []string{
				"Nothing to repair. Do not reconnect unless there is new work.",
				"If it comes too early, see who started the closing handshake and look for the calls of close on that side.",
				"If wasClean is false beside it, the transport broke before the closing handshake was complete: the last messages sent may be lost.",
			},
			outdated: "CLOSE_NORMAL comes from an old Mozilla interface and is in no standard.",
		},
		1001: {
			description: "One side is leaving: a server shuts down, or a page is closed, reloaded or left. It is a farewell, not an error.",
			causes: []string{
				"The user closed the tab, followed a link or reloaded the page.",
				"A server shut down in order: deployment, scaling in, SIGTERM.",
				"A proxy or a library ended an idle connection and chose this code.",
			},
			remedies: []string{
				"On a server it is everyday: count it, raise no alarm.",
				"On a client, reconnect after a random delay, so that the clients of a stopped server do not all return in the same second.",
				"When you stop a server, spread the closes over some seconds and let the closing handshakes finish before the process exits.",
				"If it comes after a constant time, look for an idle or lifetime limit in a proxy.",
			},
			outdated: "The page speaks of an error on the server; an orderly shutdown is none, and errors have 1011. CLOSE_GOING_AWAY is in no standard.",
		},
		1002: {
			description: "One side found that the other broke the protocol: a malformed frame, or a good one at the wrong moment. The side that sends 1002 stops reading and reports 1006; the offender receives 1002.",
			causes: []string{
				"A reserved opcode or RSV bit, an unmasked frame from a client, a masked one from a server.",
				"A control frame that is fragmented or has more than 125 bytes, or fragments out of order.",
				"A Close frame with a payload of one byte, or with a status code that may not be sent.",
				"Bytes that are no frames at all: two writers at once on one connection, an error page from a proxy, compression that only one side applies.",
			},
			remedies: []string{
				"Read the log of the side that sent 1002: it knows the rule that was broken.",
				"Look for concurrent writes; many libraries want a lock around sending.",
				"Try without permessage-deflate, then without the proxy: the one whose absence helps is the suspect.",
				"Run a conformance suite against the sender.",
			},
			outdated: "CLOSE_PROTOCOL_ERROR is in no standard.",
		},
		1003: {
			description: "One side received a type of message that it does not take at all, for example binary where it understands only text. It is about the type, not about the contents.",
			causes: []string{
				"A client sends binary messages (Blob, ArrayBuffer, a byte buffer) to a service that takes only text, or the reverse.",
				"The two sides agreed on no subprotocol and expect different formats.",
				"The receiver uses 1003, not quite rightly, for JSON that it cannot read.",
			},
			remedies: []string{
				"See in the browser's network tools or in a capture which opcode was sent: 1 is text, 2 is binary.",
				"Pass a string where text is wanted; in many languages a byte buffer becomes a binary message.",
				"Agree on a subprotocol in the opening handshake, so that both sides know the format.",
				"For contents that the application does not understand, close with 1008 or a code of your own from 4000 on.",
			},
			outdated: "The page lets only a server send it; either side may. CLOSE_UNSUPPORTED is in no standard.",
		},
		1004: {
			description: "Reserved, without a meaning so far. It is the only code that the registry keeps this way, and nobody may send it.",
			causes: []string{
				"Software from before the RFC: in drafts 1004 stood for a frame that was too large.",
				"A list of constants that counts upwards and forgets the hole.",
			},
			remedies: []string{
				"Change the sender: 1009 for a size limit, otherwise a code that has a meaning.",
				"Treat it as a violation when it comes. This library answers it with 1002, reports 1006 and keeps the number as offendingCode.",
			},
		},
		1005: {
			description: "The peer's Close frame had no status code. The receiving side supplies this number itself; it never travels. The closing handshake may be perfectly clean.",
			causes: []string{
				"The peer closed without naming a code, as a page does that calls close() without arguments.",
				"This side closed with a code and the peer answered with an empty Close frame: the frame received decides, not the one sent.",
				"A browser discarded a WebSocket that no script could reach any more.",
			},
			remedies: []string{
				"Look at wasClean: when it is true, all is well.",
				"Let the peer close with a code and a short reason if you want to know more next time.",
				"Never send 1005; close without a code instead.",
			},
			outdated: "The page says that the server sends the code; this one arises on the receiving side. An empty Close frame is allowed, so no code was owed. CLOSE_NO_STATUS is in no standard.",
		},
		1006: {
			description: "The connection ended before a Close frame from the peer was processed, or it never opened. The number is local and never travels: the peer did not tell why, and wasClean is false. The side that fails the connection over a fault of the peer reports 1006 too.",
			causes: []string{
				"A proxy or load balancer cut an idle connection; a constant lifetime, often 60 seconds, betrays it.",
				"The peer's process ended without a Close frame: SIGKILL, out of memory, a crash, a deployment that does not drain.",
				"The network went away: another Wi-Fi or cell, a sleeping laptop, a VPN or a NAT entry that expired. No FIN comes; only a missing Pong or a failed write shows it.",
				"Nothing ever opened: the name is unknown, nobody listens, a firewall drops the packets.",
				"The TLS handshake failed: certificate expired, for another host, or from an unknown authority.",
				"The opening handshake was refused: HTTP 401, 403, 404 or 502, a redirect, a proxy that drops the Upgrade header, a subprotocol that was not agreed.",
				"The peer ended TCP without a Close frame; in some libraries that is all their close does.",
				"A Close frame was sent and lost: its sender closed TCP with unread data, and the reset overtook the frame.",
				"This side failed the connection itself because of a bad frame, invalid UTF-8 or a message over its limit: it sent 1002, 1007 or 1009.",
				"Nobody answered this side's Close frame in time, or a page called close() before the connection was open.",
			},
			remedies: []string{
				"Ask when it ended. Before opening: see HTTP status, certificate and name. After a constant time: a timeout. All clients at once: a restart.",
				"Read the log of the other side, and of the proxy, for the same second. A page cannot tell more: browsers hide the cause on purpose.",
				"With this library read phase, cause, transport, httpStatus and sent in the CloseEvent.",
				"Against idle cuts send a Ping well within the shortest timeout on the path, every 20 to 30 seconds for instance, and raise the proxy's limit.",
				"Test hop by hop: straight at the server, then through the proxy, then from the client's network.",
				"When a server stops, send Close to every connection and wait for the answers before the process exits.",
				"On a client, reconnect after growing random delays, and expect that messages under way are lost.",
			},
			outdated: "The page says that the server sends the code; this one arises locally. It leaves out that a connection that never opened ends with 1006 as well. CLOSE_ABNORMAL is in no standard.",
		},
		1007: {
			description: "A message did not hold what its type promises; most often a text message was not valid UTF-8.",
			causes: []string{
				"Bytes, or text in another encoding such as Latin-1 or UTF-16, went out as a text message.",
				"A text was cut inside a character, at a buffer's end for instance, and the pieces were sent as messages of their own.",
				"A reason was cut to 123 bytes inside a character, or was never UTF-8.",
				"The data of permessage-deflate is damaged; several implementations, this one among them, answer that with 1007.",
			},
			remedies: []string{
				"Send bytes as a binary message, or encode them as Base64 before they become text.",
				"Cut text at characters only, and check it before sending.",
				"Log the first bytes of the message in hexadecimal on the side that refused it.",
				"If it happens only with compression, switch permessage-deflate off and see which side damages the data.",
			},
			outdated: "The page lets only a server send it; either side may. It gives no name: the registry's is Invalid frame payload data.",
		},
		1008: {
			description: "One side refuses to go on because of a rule of its own. It is the refusal for everything that has no code of its own, or whose details shall stay hidden.",
			causes: []string{
				"The credentials are missing or expired, or the origin is not allowed.",
				"Too many messages, connections or fragments; the last is a use that this library makes of it.",
				"The server checks rights only once the connection is open.",
				"A firewall or gateway on the way objects to a message.",
			},
			remedies: []string{
				"Read the reason; servers often name the rule there.",
				"Renew the credentials before you reconnect, or the loop never ends.",
				"Do not come back at once and unchanged: take the refusal as final until something changes.",
				"On your own server, let clients tell the cases apart: 3000, 3003 or codes from 4000 on. A refusal by HTTP 401 or 403 is cheaper, but a page sees it as 1006.",
			},
			outdated: "The page lets only a server send it; either side may. It gives no name: the registry's is Policy Violation.",
		},
		1009: {
			description: "A message or frame was larger than its receiver is willing to take. The receiver closes instead of reading it.",
			causes: []string{
				"The message exceeds the receiver's limit; defaults reach from some tens of kilobytes to none at all.",
				"The data grew: a snapshot, a list without pages, an image in Base64, which adds a third.",
				"A small compressed message inflates beyond the limit, in good faith or as an attack.",
				"A proxy or gateway on the way has a lower limit than the server.",
			},
			remedies: []string{
				"Compare the largest message with the limit of every hop.",
				"Send several messages, or move large data over HTTP. Fragmenting does not help: the limit is on the whole message.",
				"Raise the receiver's limit only as far as memory goes: limit times number of connections.",
				"Do not send the same message again after reconnecting.",
			},
			outdated: "The page lets only a server send it; either side may. CLOSE_TOO_LARGE is in no standard: the registry's name is Message Too Big.",
		},
		1010: {
			description: "The client needs an extension that the server did not accept in the opening handshake. Only clients send it: a server that needs an extension refuses the handshake instead.",
			causes: []string{
				"The client insists on permessage-deflate, and the server lacks it or declined the parameters.",
				"A proxy removed the Sec-WebSocket-Extensions header.",
				"The server moved to another framework and lost its compression setting.",
			},
			remedies: []string{
				"Read the reason: it should list the missing extensions.",
				"Compare Sec-WebSocket-Extensions in the request and in the response.",
				"Enable the extension in the server, or let the client work without it; compression is seldom essential.",
			},
			outdated: "The page is right about the sender. It leaves out that the reason lists the extensions, and the registry's name, Mandatory Ext.",
		},
		1011: {
			description: "One side met a situation that it cannot handle and gives up. Since erratum 3227 to RFC 6455 the code is open to clients as well as to servers.",
			causes: []string{
				"An exception or a panic that nobody caught in the code that handles messages.",
				"Something behind the server failed: a database, a queue, another service.",
				"A library closes with 1011 when its keepalive Ping gets no Pong.",
			},
			remedies: []string{
				"Read the log of the side that sent it; the reason seldom tells more.",
				"Find the last message before the Close frame: often one particular input is the trigger.",
				"Reconnect after growing delays, and do not repeat that message blindly.",
				"On a server, say 1013 for overload and 1012 for a restart, so that clients know when to return.",
			},
			outdated: "The page lets only a server send it; the erratum adds clients. It gives no name: the registry's is Internal Error.",
		},
		1012: {
			description: "The server restarts and expects to be back soon. Clients may reconnect after a random delay.",
			causes: []string{
				"A deployment, a new configuration or planned maintenance.",
				"An orchestrator replaces the instance or moves it to another machine.",
				"An operator moves connections away from this instance.",
			},
			remedies: []string{
				"On a client, reconnect after a random delay; the proposal of this code names 5 to 30 seconds.",
				"On a server, spread the closes over time, or all clients return together.",
				"If nobody planned a restart, look for failing health checks or a crash loop.",
			},
			outdated: "The page calls it reserved. It is assigned, in the IANA registry, since 2012.",
		},
		1013: {
			description: "The service is overloaded and asks this client to stay away for a while. Another address of the same service may still have room.",
			causes: []string{
				"A limit on connections, memory or processor time was reached.",
				"After an outage all clients came back together.",
				"The client reads too slowly, and the server drops it to protect its queues.",
			},
			remedies: []string{
				"Wait longer than for 1012, and longer each time; try another address of the service if there is one.",
				"On a server, look at queue lengths and the number of connections at that moment, then add capacity or refuse earlier, with HTTP 503.",
				"For a slow reader, send less or send summaries.",
			},
			outdated: "The page calls it reserved. It is assigned, in the IANA registry, since 2012.",
		},
		1014: {
			description: "A gateway or proxy that ends the client's connection got no valid answer from the server behind it. It is to WebSocket what 502 is to HTTP.",
			causes: []string{
				"The server behind the gateway crashed, restarts, or listens elsewhere.",
				"That server answered the opening handshake with something that is not a WebSocket.",
				"The gateway lost its own connection to that server while the client's was open.",
			},
			remedies: []string{
				"Read the gateway's log: the fault lies behind it, not with the client.",
				"Connect to the server behind it directly and see whether it answers.",
				"Check address, scheme (ws or wss) and timeouts in the gateway's configuration.",
				"If the peer answers 1014 with 1002, update its library: several still refuse this code.",
			},
			outdated: "The page calls it reserved. It was registered on 10 October 2016; the registry gives a sentence and no short name.",
		},
		1015: {
			description: "The TLS handshake failed, so there was no WebSocket yet. The number is local and never travels. The web's standard shows a page 1006 instead, and this library reports 1006 with the cause \"tls\".",
			causes: []string{
				"The certificate has expired, is for another host, or comes from an authority that the client does not know.",
				"The server sends an incomplete chain; browsers often mend that, other clients do not.",
				"The two sides share no TLS version or cipher suite, or a client certificate is missing.",
				"A wss:// address leads to a port that speaks plain HTTP, or something on the way intercepts TLS.",
			},
			remedies: []string{
				"Run openssl s_client -connect HOST:443 -servername HOST, and read the chain and the dates.",
				"Open the same host with https:// in the same browser: it shows the certificate's fault, which WebSocket hides.",
				"Check the client's clock: with a wrong date a valid certificate fails.",
			},
			outdated: "By the web's standard a page never sees 1015, although Firefox shows it. It arises locally; no server sends it. The page gives no name: the registry's is TLS handshake.",
		},
		1016: {
			description: "Numbers kept for later versions of the protocol and for extensions. None is assigned, so nobody may send one today.",
			causes: []string{
				"An application chose its own code here instead of from 4000 on.",
				"A standard newer than this table assigned the number.",
				"A typing error, or a number computed from something else.",
			},
			remedies: []string{
				"Change the sender: 4000 to 4999 for private codes.",
				"Look into the IANA registry, in case the number is new.",
				"Treat it as a violation when it comes. This library answers it with 1002, reports 1006 and keeps the number as offendingCode; browsers mostly let it through.",
			},
			outdated: "The page keeps these numbers for the WebSocket standard alone. Extensions with a public specification may get them too.",
		},
		3000: {
			description: "The peer does not know who the client is, and wants to. It is the registered relative of HTTP 401; the details are the application's.",
			causes: []string{
				"The token is missing, has expired, or is meant for another service.",
				"The session ended while the connection was open.",
				"The first message had to log the client in, and did not come or was wrong.",
			},
			remedies: []string{
				"Get a new token or log in again, then reconnect.",
				"Do not reconnect with the same credentials.",
				"Check how the token travels. A page cannot set headers on a WebSocket: a cookie, a subprotocol or the first message must carry it.",
			},
			outdated: "The page forbids applications the range from 3000 to 3999, which the RFC gives them too. It does not know this entry of 2021.",
		},
		3001: unassigned3000EN,
		3003: {
			description: "The peer knows who the client is and still refuses, for want of a right. It is the registered relative of HTTP 403.",
			causes: []string{
				"The account has no role or subscription for what it asked for.",
				"A right was withdrawn while the connection was open.",
				"The tenant, network or origin is not allowed.",
			},
			remedies: []string{
				"Obtain the right; another login alone changes nothing.",
				"Do not reconnect automatically.",
				"Read in the server's log which rule refused which user and what.",
			},
			outdated: "The page forbids applications the range from 3000 to 3999, which the RFC gives them too. It does not know this entry of 2023.",
		},
		3004: unassigned3000EN,
		3008: {
			description: "The application waited too long for something from the peer. Its number recalls HTTP 408.",
			causes: []string{
				"The client did not log in, or sent no first message, in the time allowed.",
				"The application's heartbeat failed to come: a tab in the background, a sleeping device, a blocked event loop.",
				"A request inside the connection took longer than its limit.",
			},
			remedies: []string{
				"Find out in the log of the side that closed which wait ran out, and how long it was.",
				"Send heartbeats at less than half the limit. Let the server do it with Pings: browsers slow the timers of background tabs down to one a minute or fewer.",
				"Reconnect, and resume where the work stopped.",
			},
			outdated: "The page forbids applications the range from 3000 to 3999, which the RFC gives them too. It does not know this entry of 2024.",
		},
		3009: unassigned3000EN,
		4000: {
			description: "Private numbers: the two sides agree on what they mean, and nobody registers them. The same number means something else elsewhere.",
			causes: []string{
				"The service closes for reasons of its own: a login elsewhere, a version too old, a quota used up.",
				"Many services add 4000 to an HTTP status: 4401 not logged in, 4404 not found, 4429 too many requests.",
				"A subprotocol or framework between the two applications uses the range as well.",
			},
			remedies: []string{
				"Look into the documentation of the service or the subprotocol, and read the reason.",
				"Decide for each code whether to reconnect, and list those that are final.",
				"For codes of your own, write the list beside the subprotocol and never change a meaning.",
			},
		},
		5000: {
			description: "These numbers fit the two bytes of the field, but lie in no range. No Close frame may carry one.",
			causes: []string{
				"The bytes were swapped: 1000 then reads 59395.",
				"The frame was read without being unmasked.",
				"A larger number was cut to 16 bits, or a negative one wrapped around: -1 reads 65535.",
				"The reason stands where the code belongs: two small letters read 24929 to 31354.",
			},
			remedies: []string{
				"Check byte order and masking in the sender.",
				"Change the sender: 4000 to 4999 for private codes.",
				"Treat it as a violation when it comes. This library answers it with 1002, reports 1006 and keeps the number as offendingCode.",
			},
			outdated: "The page ends at 4999 and leaves these numbers out.",
		},
	},
}

// unassigned3000EN is the text of the free numbers from 3000 to 3999.
var unassigned3000EN = statusCodeText{
	description: "A free number for libraries, frameworks and applications, which anybody may register with IANA. Only the software that sends it knows what it means.",
	causes: []string{
		"A library or framework uses the number without having registered it.",
		"An application took it for a purpose of its own.",
	},
	remedies: []string{
		"Look the number up in the documentation of the software at the other end, and read the reason.",
		"For codes of your own take 4000 to 4999, or register the number.",
	},
	outdated: "The page forbids applications this range, which the RFC gives them too. It does not know that IANA registers its numbers.",
}
