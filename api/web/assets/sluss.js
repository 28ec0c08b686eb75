// What the pages do more quickly with a script. All of it is there without one.
// No text is kept in the browser but in the page itself.
"use strict";

(() => {
	const quiet = 1500; // ms without typing before a draft is saved
	const again = 10000; // ms before another try when there was no answer

	// The first thing to read on a page that refuses something is why.
	const summary = document.querySelector(".errors[tabindex]");
	if (summary) summary.focus();

	// A draft is saved as it is written, by the same form as its button. What the
	// server answers is the page after saving; its parts replace those shown.
	const form = document.querySelector("form[data-save]");
	if (form) drafts(form);

	// The form of a task asks what follows from an answer as soon as it is given. Without
	// an answer from the server, what is missing is said when the form is sent.
	const task = document.querySelector("form[data-asks]");
	if (task) asks(task);

	// Nothing else is kept until it is sent: whoever is about to lose what is filled in is
	// asked first, also after the server has sent it back.
	let unsent = false;
	for (const long of document.querySelectorAll("form[method=post][novalidate]:not([data-save])")) {
		unsent = summary !== null;
		long.addEventListener("input", () => { unsent = true; });
	}
	document.addEventListener("submit", () => { unsent = false; });
	window.addEventListener("beforeunload", event => {
		if (unsent) event.preventDefault();
	});

	function asks(form) {
		const status = form.querySelector("[data-status]");
		let timer, request;
		form.addEventListener("change", event => {
			if (!event.target.name.startsWith("a.")) return;
			clearTimeout(timer);
			if (request) request.abort(); // it is about what was answered before
			timer = setTimeout(() => {
				const body = new URLSearchParams({do: "ask"});
				for (const [name, value] of new FormData(form)) if (name.startsWith("a.")) body.append(name, value);
				request = new XMLHttpRequest();
				request.open("POST", form.action);
				request.responseType = "document";
				request.onload = () => {
					const fresh = request.status === 200 && request.response.querySelector("form[data-asks]");
					if (!fresh) return;
					const added = ask(form, fresh).flatMap(q => [...q.querySelectorAll("label, legend")].slice(0, 1));
					status.textContent = added.length ? form.dataset.asks + " " + added.map(q => q.textContent).join(", ") : "";
				};
				request.send(body);
			}, 150);
		});
	}

	// ask shows in a form the questions that are asked now, and returns those that are
	// new. What somebody is writing in is left alone.
	function ask(form, fresh) {
		const here = new Map([...form.querySelectorAll("[data-question]")].map(q => [q.dataset.question, q]));
		const first = form.querySelector("[data-question]") || form.querySelector(".buttons");
		const added = [];
		let before = null;
		for (const question of fresh.querySelectorAll("[data-question]")) {
			let own = here.get(question.dataset.question);
			here.delete(question.dataset.question);
			if (!own) {
				own = document.importNode(question, true);
				if (before) before.after(own);
				else first.before(own);
				added.push(own);
			}
			before = own;
		}
		for (const gone of here.values()) if (!gone.contains(document.activeElement)) gone.remove();
		return added;
	}

	function drafts(form) {
		const status = form.querySelector("[data-status]");
		let changed = 0; // counts changes, so that one made while saving is seen
		let saved = 0;
		let timer, running, leaving;
		let next, held; // what somebody wanted to do before the draft was saved
		let stopped = document.querySelector("[data-conflict].errors") !== null;

		const say = (text, ...more) => {
			if (status.textContent !== text || more.length) status.replaceChildren(text, ...more);
		};
		const body = () => {
			const data = new FormData(form);
			data.append("do", "stay");
			return new URLSearchParams(data);
		};
		const later = ms => {
			clearTimeout(timer);
			timer = setTimeout(save, ms);
		};

		form.addEventListener("input", () => {
			changed++;
			if (!stopped) later(quiet);
		});
		// Whoever goes on before the latest words are saved goes on when they are; a
		// second try goes on in any case.
		const hold = (event, key, go) => {
			if (stopped || changed === saved || held === key) return;
			event.preventDefault();
			held = key;
			next = go;
			save();
		};
		document.addEventListener("click", event => {
			const link = event.target.closest("a[href]");
			if (!link || link.target || link.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
			hold(event, link, () => location.assign(link.href));
		});
		document.addEventListener("submit", event => {
			const button = event.submitter;
			if (event.target !== form) {
				hold(event, button, () => event.target.requestSubmit(button));
			} else if (running) { // its answer has the entity tag that the form needs
				event.preventDefault();
				next = () => form.requestSubmit(button);
			} else {
				clearTimeout(timer);
				leaving = true;
			}
		});
		window.addEventListener("focus", () => {
			if (changed > saved && !stopped) save();
		});
		window.addEventListener("pagehide", () => {
			if (changed > saved && !stopped && !leaving && !running) {
				fetch(form.action, {method: "POST", body: body(), keepalive: true}).catch(() => {});
			}
		});
		window.addEventListener("pageshow", event => {
			if (event.persisted) location.reload();
		});
		window.addEventListener("beforeunload", event => {
			if (stopped && changed > saved && !leaving) event.preventDefault();
		});

		function save() {
			clearTimeout(timer);
			if (running || leaving || stopped || changed === saved) return;
			const at = changed;
			const request = running = new XMLHttpRequest();
			request.open("POST", form.action);
			request.responseType = "document";
			request.timeout = 30000;
			request.onloadend = () => {
				running = null;
				if (request.status === 200) saved = at;
				answered(request.status, request.response);
				const go = next;
				next = null;
				if (request.status !== 200) return;
				held = null;
				if (go) go();
				else if (changed > saved) later(quiet);
			};
			request.send(body());
		}

		function answered(code, page) {
			const fresh = page && page.querySelector("form[data-save]");
			if (code === 401) {
				const link = document.createElement("a");
				link.href = "/sign-in";
				link.target = "_blank";
				link.rel = "noopener";
				link.textContent = form.dataset.signIn;
				say(form.dataset.ended + " ", link);
			} else if (code === 200 && fresh) {
				take(fresh, page);
				say(fresh.dataset.saved + (ask(form, fresh).length ? ". " + form.dataset.followed : ""));
			} else if (code === 412 && fresh) {
				conflict(fresh, page);
			} else if (code === 200 || code === 403 || code === 404 || code === 409) {
				stopped = true;
				say(form.dataset.closed);
			} else if (code >= 400 && code < 500 && code !== 429) {
				const why = page && page.querySelector(".errors li, .errors h2");
				say(form.dataset.refused + " " + (why ? why.textContent : code));
			} else {
				say(form.dataset.offline);
				later(again);
			}
		}

		// take brings in what has changed on the page: the tag for the next time, what
		// the answers lead to, and the questions that they lead to. What somebody is
		// writing in is left alone.
		function take(fresh, page) {
			for (const name of ["etag", "base"]) form.elements[name].value = fresh.elements[name].value;
			for (const old of form.querySelectorAll("input[name=asked]")) old.remove();
			for (const asked of fresh.querySelectorAll("input[name=asked]")) form.prepend(document.importNode(asked));
			for (const part of document.querySelectorAll("[data-part]")) {
				const other = page.querySelector(`[data-part="${part.dataset.part}"]`);
				if (other && !part.contains(document.activeElement)) part.replaceWith(document.importNode(other, true));
			}
			for (const note of document.querySelectorAll("[data-note]")) note.remove();
			for (const box of document.querySelectorAll(".errors")) box.remove();
		}

		// conflict shows what somebody else has written. The next time that the form is
		// sent, by a button, it holds.
		function conflict(fresh, page) {
			stopped = true;
			for (const name of ["etag", "base"]) form.elements[name].value = fresh.elements[name].value;
			const box = page.querySelector(".errors");
			if (box) form.closest("main").prepend(document.importNode(box, true));
			say(form.dataset.conflict);
		}
	}

	// Single keys are shortcuts, unless they have been switched off.
	if ("keys" in document.body.dataset) document.addEventListener("keydown", event => {
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return;
		const act = {"/": search, "?": () => location.assign("/help#keyboard"), j: () => move(1), k: () => move(-1)}[event.key];
		if (act && act() !== false) event.preventDefault();
	});

	function search() {
		const field = document.querySelector("main input[type=search], main input[name=q]");
		if (!field) return location.assign("/cases#search");
		const folded = field.closest("details");
		if (folded) folded.open = true;
		field.focus();
	}
	if (location.hash === "#search") search();

	function move(by) {
		const links = [...document.querySelectorAll("main .list .first a, main .messages h2 a")];
		const at = links.indexOf(document.activeElement);
		const to = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
		if (!to) return false;
		to.focus();
	}
})();
