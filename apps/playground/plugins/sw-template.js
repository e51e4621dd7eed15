// Keeps the files of one build, and serves them before the network. A newer build takes over once no page of this one is open.
// Caches belong to the whole host, which may have other copies of this page: a name says whose it is. No address has a space in it.
const ours = `preflight ${registration.scope} `;
const cacheName = `${ours}%VERSION%`;
const files = ['%FILES%'];

addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(['./', ...files])));
});

addEventListener('activate', (event) => {
  const old = (name) => name.startsWith(ours) && name !== cacheName;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const kept = caches
    .open(cacheName)
    .then((cache) => cache.match(event.request, { ignoreSearch: event.request.mode === 'navigate' }));
  event.respondWith(kept.then((response) => response ?? fetch(event.request)));
});
