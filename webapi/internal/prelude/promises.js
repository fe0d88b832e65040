// What the streams and others do with promises.
(function (host) {
  "use strict";

  // deferred is a promise with its resolving functions. Nobody has to handle it.
  host.deferred = function () {
    const deferred = { settled: false };
    deferred.promise = host.quiet(new Promise((resolve, reject) => {
      deferred.resolve = (value) => { deferred.settled = true; resolve(value); };
      deferred.reject = (error) => { deferred.settled = true; reject(error); };
    }));
    return deferred;
  };

  // quiet marks a promise as handled.
  host.quiet = function (promise) {
    promise.then(undefined, () => {});
    return promise;
  };

  // promised is an operation as a promise: what it throws is a rejection.
  host.promised = (operation) => new Promise((resolve) => resolve(operation()));

  // illegal is what an attribute that promises something gives for another object.
  host.illegal = () => Promise.reject(new TypeError("Illegal invocation"));

  host.highWaterMark = function (value) {
    const mark = +value;
    if (mark !== mark || mark < 0) throw new RangeError("highWaterMark is not a size");
    return mark;
  };
})
