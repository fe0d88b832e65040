// What is known about each connection: the browser's view, the server's, or
// both, found together by the id in the address.

import { idOf } from './endpoint.js';

const limitRecords = 200;

export class Records {
  constructor() {
    this.all = new Map(); // key -> record, oldest first
    this.changed = () => {}; // called with a record that is new or has news
    this.dropped = () => {}; // called with a record that had to go
  }

  // open begins the record of a connection of this page.
  open(id, url) {
    return this.add(id, { key: id, url, at: new Date(), browser: null, server: null });
  }

  fromBrowser(id, view) {
    this.update(this.all.get(id), { browser: view, at: new Date() });
  }

  // fromServer finds the record by the event's address, or makes one: the
  // server talks about connections of other clients too.
  fromServer(event, feedId) {
    const record = this.all.get(idOf(event.url));
    if (record && !record.server) {
      this.update(record, { server: event });
      return;
    }
    const foreign = { key: feedId, url: event.url, at: new Date(event.closedAt), browser: null, server: event };
    this.changed(this.add(feedId, foreign));
  }

  add(key, record) {
    this.all.set(key, record);
    if (this.all.size > limitRecords) {
      const oldest = this.mostDispensable();
      this.all.delete(oldest.key);
      this.dropped(oldest);
    }
    return record;
  }

  // mostDispensable is the oldest record of which the server has spoken: a
  // connection of this page that is still open keeps its row as long as it can.
  mostDispensable() {
    const all = [...this.all.values()];
    return all.find((r) => r.server) ?? all[0];
  }

  update(record, news) {
    if (!record) return; // it had to go
    Object.assign(record, news);
    this.changed(record);
  }
}
