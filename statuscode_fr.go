package websocket

// statusCodeTextsFR is the French of the registry. What changes here changes
// in statuscode_en.go. Spaces before : ; ? ! and inside « » are no-break spaces
// (U+00A0), apostrophes are U+2019; a test finds the others.
var statusCodeTextsFR = statusCodeTexts{
	ranges: map[StatusCode]string{
		0:    "De 0 à 999, les nombres ne servent pas de codes d’état.",
		1000: "De 1000 à 2999, les codes reviennent au protocole, à ses révisions et aux extensions dont la spécification est publique. L’IANA n’en attribue que sur cette base.",
		3000: "De 3000 à 3999, les codes sont destinés aux bibliothèques, aux frameworks et aux applications. L’IANA les enregistre dans l’ordre des demandes.",
		4000: "De 4000 à 4999, les codes sont d’usage privé, par accord entre les deux côtés. Ils ne peuvent pas être enregistrés.",
		5000: "De 5000 à 65535, les nombres n’appartiennent à aucune plage du protocole. Personne ne les gère.",
	},
	rows: map[StatusCode]statusCodeText{
		0: {
			description: "Sous 1000, un nombre n’est pas un code d’état. Aucune trame Close ne peut en porter un.",
			causes: []string{
				"Dans un journal, 0 est le plus souvent une variable jamais remplie, ou la façon dont une bibliothèque dit « inconnu » ; aucun pair ne l’a envoyé.",
				"Un script a créé lui-même un CloseEvent sans donner de code : la valeur par défaut du constructeur est 0.",
				"L’émetteur a mis dans la trame Close un statut HTTP, un code de sortie ou un numéro d’erreur.",
			},
			remedies: []string{
				"Corrigez l’émetteur : on peut envoyer 1000 à 1003, 1007 à 1014 et 3000 à 4999.",
				"Pour transmettre un statut HTTP, ajoutez-lui 4000 : 4404 pour 404.",
				"Cherchez si le nombre a circulé sur le réseau. Cette bibliothèque y répond par 1002, signale 1006 et garde le nombre dans offendingCode.",
			},
		},
		1000: {
			description: "La connexion a rempli son rôle et l’un des côtés y a mis fin volontairement. Le protocole n’a rien à redire ; c’est à l’application de savoir si le travail a réussi.",
			causes: []string{
				"L’application a fermé après son dernier message.",
				"L’utilisateur s’est déconnecté ou a quitté la vue qui avait besoin de la connexion.",
				"Le pair a fermé le premier avec 1000 et ce côté a répété le code.",
				"Une bibliothèque a mis 1000 parce que son appelant n’avait rien précisé ou, à tort, parce que le flux s’était simplement arrêté.",
			},
			remedies: []string{
				"Rien à réparer. Ne vous reconnectez que s’il reste du travail.",
				"S’il arrive trop tôt, voyez qui a commencé la poignée de main de fermeture et cherchez les appels à close de ce côté.",
				"Si wasClean vaut false à côté, le transport a cassé avant la fin de la poignée de main de fermeture : les derniers messages envoyés sont peut-être perdus.",
			},
			outdated: "CLOSE_NORMAL vient d’une ancienne interface de Mozilla et ne figure dans aucun standard.",
		},
		1001: {
			description: "L’un des côtés s’en va : un serveur s’arrête, ou une page est fermée, rechargée ou quittée. C’est un départ, non une erreur.",
			causes: []string{
				"L’utilisateur a fermé l’onglet, suivi un lien ou rechargé la page.",
				"Un serveur s’est arrêté en bon ordre : déploiement, réduction du nombre d’instances, SIGTERM.",
				"Un proxy ou une bibliothèque a mis fin à une connexion inactive et a choisi ce code.",
			},
			remedies: []string{
				"Sur un serveur, c’est le quotidien : comptez-le, sans déclencher d’alerte.",
				"Sur un client, reconnectez-vous après un délai aléatoire, pour que les clients d’un serveur arrêté ne reviennent pas tous dans la même seconde.",
				"Pour arrêter un serveur, étalez les fermetures sur quelques secondes et laissez les poignées de main de fermeture s’achever avant la fin du processus.",
				"S’il arrive après une durée constante, cherchez dans un proxy une limite d’inactivité ou de durée de vie.",
			},
			outdated: "La page parle d’une erreur du serveur ; un arrêt en bon ordre n’en est pas une, et les erreurs ont 1011. CLOSE_GOING_AWAY ne figure dans aucun standard.",
		},
		1002: {
			description: "L’un des côtés a constaté que l’autre enfreignait le protocole : une trame mal formée, ou une trame correcte au mauvais moment. Celui qui envoie 1002 cesse de lire et signale 1006 ; le fautif reçoit 1002.",
			causes: []string{
				"Un opcode réservé ou un bit RSV, une trame non masquée venant d’un client, une trame masquée venant d’un serveur.",
				"Une trame de contrôle fragmentée ou de plus de 125 octets, ou des fragments dans le désordre.",
				"Une trame Close dont la charge utile fait un octet, ou dont le code d’état ne doit pas être envoyé.",
				"Des octets qui ne sont pas des trames : deux écritures simultanées sur une connexion, la page d’erreur d’un proxy, une compression qu’un seul côté applique.",
			},
			remedies: []string{
				"Lisez le journal du côté qui a envoyé 1002 : il connaît la règle enfreinte.",
				"Cherchez des écritures concurrentes ; beaucoup de bibliothèques veulent un verrou autour de l’envoi.",
				"Essayez sans permessage-deflate, puis sans le proxy : celui dont l’absence arrange tout est le suspect.",
				"Soumettez l’émetteur à une suite de tests de conformité.",
			},
			outdated: "CLOSE_PROTOCOL_ERROR ne figure dans aucun standard.",
		},
		1003: {
			description: "L’un des côtés a reçu un type de message qu’il ne prend jamais, par exemple du binaire alors qu’il ne comprend que le texte. Il s’agit du type, non du contenu.",
			causes: []string{
				"Un client envoie des messages binaires (Blob, ArrayBuffer, tampon d’octets) à un service qui ne prend que du texte, ou l’inverse.",
				"Les deux côtés n’ont convenu d’aucun sous-protocole et attendent des formats différents.",
				"Le récepteur emploie 1003, un peu à tort, pour du JSON qu’il ne sait pas lire.",
			},
			remedies: []string{
				"Regardez dans les outils réseau du navigateur ou dans une capture quel opcode a été envoyé : 1 pour le texte, 2 pour le binaire.",
				"Passez une chaîne là où il faut du texte ; dans bien des langages, un tampon d’octets devient un message binaire.",
				"Convenez d’un sous-protocole pendant la poignée de main d’ouverture, pour que les deux côtés connaissent le format.",
				"Pour un contenu que l’application ne comprend pas, fermez avec 1008 ou un code à vous à partir de 4000.",
			},
			outdated: "La page réserve l’envoi au serveur ; les deux côtés y ont droit. CLOSE_UNSUPPORTED ne figure dans aucun standard.",
		},
		1004: {
			description: "Réservé, sans signification à ce jour. C’est le seul code que le registre garde ainsi, et personne ne doit l’envoyer.",
			causes: []string{
				"Un logiciel antérieur à la RFC : dans des brouillons, 1004 désignait une trame trop grande.",
				"Une liste de constantes qui compte sans sauter le trou.",
			},
			remedies: []string{
				"Corrigez l’émetteur : 1009 pour une limite de taille, sinon un code qui a une signification.",
				"À la réception, traitez-le comme une infraction. Cette bibliothèque y répond par 1002, signale 1006 et garde le nombre dans offendingCode.",
			},
		},
		1005: {
			description: "La trame Close du pair ne portait pas de code d’état. C’est le récepteur lui-même qui met ce nombre ; il ne circule jamais. La poignée de main de fermeture peut être parfaitement régulière.",
			causes: []string{
				"Le pair a fermé sans nommer de code, comme une page qui appelle close() sans argument.",
				"Ce côté a fermé avec un code et le pair a répondu par une trame Close vide : c’est la trame reçue qui compte, non celle envoyée.",
				"Un navigateur s’est débarrassé d’une WebSocket qu’aucun script ne pouvait plus atteindre.",
			},
			remedies: []string{
				"Regardez wasClean : s’il vaut true, tout va bien.",
				"Faites fermer le pair avec un code et une courte raison si vous voulez en savoir plus la prochaine fois.",
				"N’envoyez jamais 1005 ; fermez plutôt sans code.",
			},
			outdated: "La page dit que le serveur envoie le code ; celui-ci naît chez le récepteur. Une trame Close vide est permise, aucun code n’était donc dû. CLOSE_NO_STATUS ne figure dans aucun standard.",
		},
		1006: {
			description: "La connexion a pris fin avant qu’une trame Close du pair ne soit traitée, ou ne s’est jamais ouverte. Le nombre est local et ne circule jamais : le pair n’a pas dit pourquoi, et wasClean vaut false. Le côté qui fait échouer la connexion pour une faute du pair signale lui aussi 1006.",
			causes: []string{
				"Un proxy ou un répartiteur de charge a coupé une connexion inactive ; une durée de vie constante, souvent 60 secondes, le trahit.",
				"Le processus du pair a pris fin sans trame Close : SIGKILL, mémoire épuisée, plantage, déploiement qui ne vide pas les connexions.",
				"Le réseau a disparu : autre Wi-Fi ou autre cellule, portable en veille, VPN coupé ou entrée NAT expirée. Aucun FIN n’arrive ; seul un Pong manquant ou une écriture ratée le révèle.",
				"Rien ne s’est jamais ouvert : nom inconnu, personne à l’écoute, pare-feu qui jette les paquets.",
				"La poignée de main TLS a échoué : certificat expiré, établi pour un autre hôte ou par une autorité inconnue.",
				"La poignée de main d’ouverture a été refusée : HTTP 401, 403, 404 ou 502, redirection, proxy qui retire l’en-tête Upgrade, sous-protocole non convenu.",
				"Le pair a terminé TCP sans trame Close ; dans certaines bibliothèques, leur fermeture ne fait rien d’autre.",
				"Une trame Close a été envoyée puis perdue : son émetteur a fermé TCP avec des données non lues, et la réinitialisation a doublé la trame.",
				"Ce côté a lui-même fait échouer la connexion pour une trame incorrecte, de l’UTF-8 invalide ou un message au-delà de sa limite : il a envoyé 1002, 1007 ou 1009.",
				"Personne n’a répondu à temps à la trame Close de ce côté, ou une page a appelé close() avant que la connexion soit ouverte.",
			},
			remedies: []string{
				"Demandez-vous quand cela s’est produit. Avant l’ouverture : voyez le statut HTTP, le certificat et le nom. Après une durée constante : un délai d’expiration. Tous les clients à la fois : un redémarrage.",
				"Lisez le journal de l’autre côté, et celui du proxy, à la même seconde. Une page ne peut en dire plus : les navigateurs cachent la cause à dessein.",
				"Avec cette bibliothèque, lisez phase, cause, transport, httpStatus et sent dans le CloseEvent.",
				"Contre les coupures d’inactivité, envoyez un Ping bien avant le plus court délai du chemin, toutes les 20 à 30 secondes par exemple, et relevez la limite du proxy.",
				"Testez tronçon par tronçon : le serveur directement, puis à travers le proxy, puis depuis le réseau du client.",
				"Quand un serveur s’arrête, envoyez Close à chaque connexion et attendez les réponses avant la fin du processus.",
				"Sur un client, reconnectez-vous après des délais aléatoires et croissants, et comptez avec la perte des messages en route.",
			},
			outdated: "La page dit que le serveur envoie le code ; celui-ci naît localement. Elle oublie qu’une connexion jamais ouverte finit aussi par 1006. CLOSE_ABNORMAL ne figure dans aucun standard.",
		},
		1007: {
			description: "Un message ne contenait pas ce que son type promet ; le plus souvent, un message texte n’était pas de l’UTF-8 valide.",
			causes: []string{
				"Des octets, ou du texte dans un autre codage comme Latin-1 ou UTF-16, sont partis comme message texte.",
				"Un texte a été coupé au milieu d’un caractère, à la fin d’un tampon par exemple, et les morceaux ont été envoyés comme autant de messages.",
				"Une raison a été coupée à 123 octets au milieu d’un caractère, ou n’a jamais été de l’UTF-8.",
				"Les données de permessage-deflate sont abîmées ; plusieurs implémentations, dont celle-ci, y répondent par 1007.",
			},
			remedies: []string{
				"Envoyez les octets dans un message binaire, ou codez-les en Base64 avant d’en faire du texte.",
				"Ne coupez un texte qu’entre deux caractères, et vérifiez-le avant l’envoi.",
				"Du côté qui a refusé le message, journalisez ses premiers octets en hexadécimal.",
				"Si cela n’arrive qu’avec la compression, désactivez permessage-deflate et voyez quel côté abîme les données.",
			},
			outdated: "La page réserve l’envoi au serveur ; les deux côtés y ont droit. Elle ne donne pas de nom : celui du registre est Invalid frame payload data.",
		},
		1008: {
			description: "L’un des côtés refuse de continuer à cause d’une règle qui lui est propre. C’est le refus pour tout ce qui n’a pas son code, ou dont les détails doivent rester cachés.",
			causes: []string{
				"Les identifiants manquent ou ont expiré, ou l’origine n’est pas admise.",
				"Trop de messages, de connexions ou de fragments ; ce dernier emploi est celui de cette bibliothèque.",
				"Le serveur ne vérifie les droits qu’une fois la connexion ouverte.",
				"Un pare-feu ou une passerelle sur le chemin s’oppose à un message.",
			},
			remedies: []string{
				"Lisez la raison ; les serveurs y nomment souvent la règle.",
				"Renouvelez les identifiants avant de vous reconnecter, sinon la boucle est sans fin.",
				"Ne revenez pas aussitôt et à l’identique : tenez le refus pour définitif tant que rien ne change.",
				"Sur votre propre serveur, laissez les clients distinguer les cas : 3000, 3003 ou des codes à partir de 4000. Un refus par HTTP 401 ou 403 coûte moins, mais une page n’y voit que 1006.",
			},
			outdated: "La page réserve l’envoi au serveur ; les deux côtés y ont droit. Elle ne donne pas de nom : celui du registre est Policy Violation.",
		},
		1009: {
			description: "Un message ou une trame dépassait ce que son récepteur veut bien prendre. Celui-ci ferme au lieu de lire la suite.",
			causes: []string{
				"Le message dépasse la limite du récepteur ; par défaut, elle va de quelques dizaines de kilooctets à l’absence de limite.",
				"Les données ont grossi : un instantané, une liste sans pagination, une image en Base64, qui ajoute un tiers.",
				"Un petit message compressé se décompresse au-delà de la limite, de bonne foi ou par attaque.",
				"Un proxy ou une passerelle sur le chemin a une limite plus basse que le serveur.",
			},
			remedies: []string{
				"Comparez le plus grand message à la limite de chaque étape du chemin.",
				"Envoyez plusieurs messages, ou faites passer les gros volumes par HTTP. Fragmenter n’aide pas : la limite porte sur le message entier.",
				"N’élevez la limite du récepteur qu’autant que la mémoire le permet : limite multipliée par nombre de connexions.",
				"N’envoyez pas de nouveau le même message après la reconnexion.",
			},
			outdated: "La page réserve l’envoi au serveur ; les deux côtés y ont droit. CLOSE_TOO_LARGE ne figure dans aucun standard : le nom du registre est Message Too Big.",
		},
		1010: {
			description: "Le client a besoin d’une extension que le serveur n’a pas acceptée pendant la poignée de main d’ouverture. Seuls les clients l’envoient : un serveur qui exige une extension refuse plutôt la poignée de main.",
			causes: []string{
				"Le client exige permessage-deflate, et le serveur ne l’a pas ou en a décliné les paramètres.",
				"Un proxy a retiré l’en-tête Sec-WebSocket-Extensions.",
				"Le serveur est passé à un autre framework et y a perdu son réglage de compression.",
			},
			remedies: []string{
				"Lisez la raison : elle devrait énumérer les extensions manquantes.",
				"Comparez Sec-WebSocket-Extensions dans la requête et dans la réponse.",
				"Activez l’extension sur le serveur, ou laissez le client travailler sans elle ; la compression est rarement indispensable.",
			},
			outdated: "La page a raison sur l’émetteur. Elle oublie que la raison énumère les extensions, et le nom du registre, Mandatory Ext.",
		},
		1011: {
			description: "L’un des côtés est tombé sur une situation qu’il ne sait pas traiter et renonce. Depuis l’erratum 3227 de la RFC 6455, le code est ouvert aux clients comme aux serveurs.",
			causes: []string{
				"Une exception ou une panique que personne n’a rattrapée dans le code qui traite les messages.",
				"Quelque chose derrière le serveur est tombé en panne : base de données, file d’attente, autre service.",
				"Une bibliothèque ferme avec 1011 quand son Ping de maintien ne reçoit pas de Pong.",
			},
			remedies: []string{
				"Lisez le journal du côté qui l’a envoyé ; la raison en dit rarement plus.",
				"Retrouvez le dernier message avant la trame Close : souvent, une entrée précise déclenche la panne.",
				"Reconnectez-vous après des délais croissants, et ne répétez pas ce message à l’aveugle.",
				"Sur un serveur, dites 1013 pour une surcharge et 1012 pour un redémarrage, afin que les clients sachent quand revenir.",
			},
			outdated: "La page réserve l’envoi au serveur ; l’erratum ajoute les clients. Elle ne donne pas de nom : celui du registre est Internal Error.",
		},
		1012: {
			description: "Le serveur redémarre et compte revenir bientôt. Les clients peuvent se reconnecter après un délai aléatoire.",
			causes: []string{
				"Un déploiement, une nouvelle configuration ou une maintenance prévue.",
				"Un orchestrateur remplace l’instance ou la déplace sur une autre machine.",
				"Un opérateur éloigne les connexions de cette instance.",
			},
			remedies: []string{
				"Sur un client, reconnectez-vous après un délai aléatoire ; la proposition de ce code parle de 5 à 30 secondes.",
				"Sur un serveur, étalez les fermetures dans le temps, sinon tous les clients reviennent ensemble.",
				"Si personne n’a prévu de redémarrage, cherchez des contrôles de santé en échec ou une boucle de plantages.",
			},
			outdated: "La page le dit réservé. Il est attribué, dans le registre de l’IANA, depuis 2012.",
		},
		1013: {
			description: "Le service est surchargé et prie ce client de rester à l’écart un moment. Une autre adresse du même service a peut-être encore de la place.",
			causes: []string{
				"Une limite de connexions, de mémoire ou de temps processeur a été atteinte.",
				"Après une panne, tous les clients sont revenus ensemble.",
				"Le client lit trop lentement, et le serveur le lâche pour protéger ses files d’attente.",
			},
			remedies: []string{
				"Attendez plus longtemps que pour 1012, et davantage à chaque fois ; essayez une autre adresse du service s’il y en a une.",
				"Sur un serveur, regardez la longueur des files et le nombre de connexions à ce moment-là, puis ajoutez de la capacité ou refusez plus tôt, par HTTP 503.",
				"Pour un lecteur lent, envoyez moins ou envoyez des résumés.",
			},
			outdated: "La page le dit réservé. Il est attribué, dans le registre de l’IANA, depuis 2012.",
		},
		1014: {
			description: "Une passerelle ou un proxy, où aboutit la connexion du client, n’a pas obtenu de réponse valable du serveur placé derrière. C’est à WebSocket ce que 502 est à HTTP.",
			causes: []string{
				"Le serveur derrière la passerelle a planté, redémarre ou écoute ailleurs.",
				"Ce serveur a répondu à la poignée de main d’ouverture par autre chose qu’une WebSocket.",
				"La passerelle a perdu sa propre connexion vers ce serveur alors que celle du client était ouverte.",
			},
			remedies: []string{
				"Lisez le journal de la passerelle : la faute est derrière elle, non chez le client.",
				"Connectez-vous directement au serveur placé derrière et voyez s’il répond.",
				"Vérifiez l’adresse, le schéma (ws ou wss) et les délais dans la configuration de la passerelle.",
				"Si le pair répond 1002 à 1014, mettez sa bibliothèque à jour : plusieurs refusent encore ce code.",
			},
			outdated: "La page le dit réservé. Il a été enregistré le 10 octobre 2016 ; le registre donne une phrase et pas de nom court.",
		},
		1015: {
			description: "La poignée de main TLS a échoué, il n’y avait donc pas encore de WebSocket. Le nombre est local et ne circule jamais. Le standard du web montre 1006 aux pages à sa place, et cette bibliothèque signale 1006 avec la cause « tls ».",
			causes: []string{
				"Le certificat a expiré, vaut pour un autre hôte ou vient d’une autorité que le client ne connaît pas.",
				"Le serveur envoie une chaîne incomplète ; les navigateurs y remédient souvent, les autres clients non.",
				"Les deux côtés n’ont aucune version de TLS ou aucune suite de chiffrement en commun, ou un certificat client manque.",
				"Une adresse wss:// mène à un port qui parle HTTP en clair, ou quelque chose sur le chemin intercepte TLS.",
			},
			remedies: []string{
				"Lancez openssl s_client -connect HÔTE:443 -servername HÔTE, puis lisez la chaîne et les dates.",
				"Ouvrez le même hôte en https:// dans le même navigateur : il montre le défaut du certificat, que WebSocket cache.",
				"Vérifiez l’horloge du client : avec une date fausse, un certificat valide est rejeté.",
			},
			outdated: "Selon le standard du web, une page ne voit jamais 1015, même si Firefox le montre. Il naît localement ; aucun serveur ne l’envoie. La page ne donne pas de nom : celui du registre est TLS handshake.",
		},
		1016: {
			description: "Des nombres gardés pour les versions futures du protocole et pour les extensions. Aucun n’est attribué, personne ne peut donc en envoyer aujourd’hui.",
			causes: []string{
				"Une application a choisi ici son propre code, au lieu de partir de 4000.",
				"Un standard plus récent que ce tableau a attribué le nombre.",
				"Une faute de frappe, ou un nombre calculé à partir d’autre chose.",
			},
			remedies: []string{
				"Corrigez l’émetteur : 4000 à 4999 pour les codes privés.",
				"Consultez le registre de l’IANA, au cas où le nombre serait nouveau.",
				"À la réception, traitez-le comme une infraction. Cette bibliothèque y répond par 1002, signale 1006 et garde le nombre dans offendingCode ; les navigateurs le laissent passer le plus souvent.",
			},
			outdated: "La page garde ces nombres pour le seul standard WebSocket. Les extensions dont la spécification est publique peuvent aussi en recevoir.",
		},
		3000: {
			description: "Le pair ne sait pas qui est le client, et veut le savoir. C’est le parent enregistré du 401 de HTTP ; les détails appartiennent à l’application.",
			causes: []string{
				"Le jeton manque, a expiré ou est destiné à un autre service.",
				"La session a pris fin alors que la connexion était ouverte.",
				"Le premier message devait identifier le client ; il n’est pas venu ou il était faux.",
			},
			remedies: []string{
				"Obtenez un nouveau jeton ou identifiez-vous de nouveau, puis reconnectez-vous.",
				"Ne vous reconnectez pas avec les mêmes identifiants.",
				"Vérifiez comment voyage le jeton. Une page ne peut pas poser d’en-têtes sur une WebSocket : il faut un cookie, un sous-protocole ou le premier message.",
			},
			outdated: "La page interdit aux applications la plage de 3000 à 3999, que la RFC leur ouvre aussi. Elle ignore cette entrée de 2021.",
		},
		3001: unassigned3000FR,
		3003: {
			description: "Le pair sait qui est le client et refuse pourtant, faute d’un droit. C’est le parent enregistré du 403 de HTTP.",
			causes: []string{
				"Le compte n’a ni le rôle ni l’abonnement pour ce qu’il a demandé.",
				"Un droit a été retiré alors que la connexion était ouverte.",
				"Le locataire, le réseau ou l’origine n’est pas admis.",
			},
			remedies: []string{
				"Obtenez le droit ; s’identifier de nouveau ne change rien à soi seul.",
				"Ne vous reconnectez pas automatiquement.",
				"Lisez dans le journal du serveur quelle règle a refusé quoi, et à quel utilisateur.",
			},
			outdated: "La page interdit aux applications la plage de 3000 à 3999, que la RFC leur ouvre aussi. Elle ignore cette entrée de 2023.",
		},
		3004: unassigned3000FR,
		3008: {
			description: "L’application a attendu trop longtemps quelque chose du pair. Son numéro rappelle le 408 de HTTP.",
			causes: []string{
				"Le client ne s’est pas identifié, ou n’a pas envoyé de premier message, dans le temps imparti.",
				"Le battement de cœur de l’application n’est pas venu : onglet en arrière-plan, appareil en veille, boucle d’évènements bloquée.",
				"Une requête à l’intérieur de la connexion a dépassé son délai.",
			},
			remedies: []string{
				"Cherchez dans le journal du côté qui a fermé quelle attente a expiré, et combien elle durait.",
				"Envoyez les battements à moins de la moitié de la limite. Confiez-les au serveur, par des Pings : les navigateurs ralentissent les minuteries des onglets en arrière-plan à une par minute ou moins.",
				"Reconnectez-vous, et reprenez là où le travail s’est arrêté.",
			},
			outdated: "La page interdit aux applications la plage de 3000 à 3999, que la RFC leur ouvre aussi. Elle ignore cette entrée de 2024.",
		},
		3009: unassigned3000FR,
		4000: {
			description: "Des nombres privés : les deux côtés conviennent de leur sens, et personne ne les enregistre. Ailleurs, le même nombre veut dire autre chose.",
			causes: []string{
				"Le service ferme pour des raisons à lui : connexion depuis un autre appareil, version trop ancienne, quota épuisé.",
				"Beaucoup de services ajoutent 4000 à un statut HTTP : 4401 non identifié, 4404 introuvable, 4429 trop de requêtes.",
				"Un sous-protocole ou un framework entre les deux applications emploie lui aussi cette plage.",
			},
			remedies: []string{
				"Consultez la documentation du service ou du sous-protocole, et lisez la raison.",
				"Décidez pour chaque code s’il faut se reconnecter, et dressez la liste des codes définitifs.",
				"Pour vos propres codes, écrivez la liste à côté du sous-protocole et ne changez jamais un sens.",
			},
		},
		5000: {
			description: "Ces nombres tiennent dans les deux octets du champ, mais n’appartiennent à aucune plage. Aucune trame Close ne peut en porter un.",
			causes: []string{
				"Les octets ont été inversés : 1000 se lit alors 59395.",
				"La trame a été lue sans être démasquée.",
				"Un nombre plus grand a été coupé à 16 bits, ou un nombre négatif a fait le tour : -1 se lit 65535.",
				"La raison se trouve à la place du code : deux lettres minuscules se lisent de 24929 à 31354.",
			},
			remedies: []string{
				"Vérifiez l’ordre des octets et le masquage chez l’émetteur.",
				"Corrigez l’émetteur : 4000 à 4999 pour les codes privés.",
				"À la réception, traitez-le comme une infraction. Cette bibliothèque y répond par 1002, signale 1006 et garde le nombre dans offendingCode.",
			},
			outdated: "La page s’arrête à 4999 et laisse ces nombres de côté.",
		},
	},
}

// unassigned3000FR is the text of the free numbers from 3000 to 3999.
var unassigned3000FR = statusCodeText{
	description: "Un nombre libre pour les bibliothèques, les frameworks et les applications, que chacun peut faire enregistrer auprès de l’IANA. Seul le logiciel qui l’envoie sait ce qu’il veut dire.",
	causes: []string{
		"Une bibliothèque ou un framework emploie le nombre sans l’avoir fait enregistrer.",
		"Une application s’en sert pour ses propres besoins.",
	},
	remedies: []string{
		"Cherchez le nombre dans la documentation du logiciel à l’autre bout, et lisez la raison.",
		"Pour vos propres codes, prenez 4000 à 4999, ou faites enregistrer le nombre.",
	},
	outdated: "La page interdit aux applications cette plage, que la RFC leur ouvre aussi. Elle ignore que l’IANA en enregistre les nombres.",
}
