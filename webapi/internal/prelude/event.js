// Event: DOM Standard, section 2.2. Its state is Go's.
(function (host) {
  "use strict";

  class Event {
    #event; // Go's

    // What Go and other files reach an event's state by. Scripts never see it.
    static {
      const trust = { get isTrusted() { return this.#event.IsTrusted(); } };
      host.isTrusted = { ...Object.getOwnPropertyDescriptor(trust, "isTrusted"), configurable: false };
      host.eventHandle = (event) => event.#event;
      host.isEvent = (value) => Object(value) === value && #event in value;
    }

    // A handle of Go's stands for an event that Go has made. Scripts have none.
    constructor(type, init = undefined) {
      host.required(arguments, 1, "Event");
      this.#event = host.isHandle(type) ? type : host.newEvent(host.string(type), host.eventInit(init));
      host.adopt(this.#event, this);
      Object.defineProperty(this, "isTrusted", host.isTrusted); // [LegacyUnforgeable]
    }

    get type() { return this.#event.Type(); }
    get target() { return host.targetOf(this.#event); }
    get srcElement() { return host.targetOf(this.#event); }
    get currentTarget() { return host.currentTargetOf(this.#event); }
    composedPath() { const target = host.currentTargetOf(this.#event); return target === null ? [] : [target]; }
    get eventPhase() { return Number(this.#event.EventPhase()); }
    stopPropagation() { this.#event.StopPropagation(); }
    get cancelBubble() { return this.#event.CancelBubble(); }
    set cancelBubble(value) { this.#event.SetCancelBubble(Boolean(value)); }
    stopImmediatePropagation() { this.#event.StopImmediatePropagation(); }
    get bubbles() { return this.#event.Bubbles(); }
    get cancelable() { return this.#event.Cancelable(); }
    get returnValue() { return this.#event.ReturnValue(); }
    set returnValue(value) { this.#event.SetReturnValue(Boolean(value)); }
    preventDefault() { this.#event.PreventDefault(); }
    get defaultPrevented() { return this.#event.DefaultPrevented(); }
    get composed() { return this.#event.Composed(); }
    get timeStamp() { return this.#event.TimeStamp(); }
    initEvent(type, bubbles = false, cancelable = false) {
      const event = this.#event;
      host.required(arguments, 1, "initEvent");
      event.InitEvent(host.string(type), Boolean(bubbles), Boolean(cancelable));
    }
  }

  // eventInit is the part of an EventInit that every event has, in the order of its
  // members' names.
  host.eventInit = function (init) {
    const given = host.dictionary(init, "EventInit");
    const bubbles = Boolean(given.bubbles);
    const cancelable = Boolean(given.cancelable);
    return { bubbles, cancelable, composed: Boolean(given.composed) };
  };

  host.expose(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });
  host.Event = Event;
  host.makePlainEvent = (event) => new Event(event);
})
