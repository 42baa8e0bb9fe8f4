"""What a browser has stored of the portal, opened as the browser's owner can open it."""

import base64
from typing import Final

from playwright.sync_api import Page

# The member worker seals everything that it stores under a key that is not extractable; but whoever holds the browser
# can use that key. Name → plaintext in base64.
_OPEN_ALL: Final = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const opened = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    const reading = database.transaction([...database.objectStoreNames]);
    const key = await settled(reading.objectStore("own").get("key"));
    const names = await settled(reading.objectStore("values").getAllKeys());
    const values = await settled(reading.objectStore("values").getAll());
    for (const [index, entry] of names.entries()) {
      const sealed = new Uint8Array(values[index]);
      const algorithm = {
        name: "AES-GCM", iv: sealed.subarray(0, 12), additionalData: new TextEncoder().encode(entry),
      };
      const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.subarray(12)));
      opened[entry] = Array.from(plain, (byte) => String.fromCharCode(byte)).join("");
    }
    database.close();
  }
  return Object.fromEntries(Object.entries(opened).map(([name, text]) => [name, btoa(text)]));
}"""


def opened_store(page: Page) -> dict[str, bytes]:
    """All that the portal keeps in this browser, by name, unsealed."""
    entries: dict[str, str] = page.evaluate(_OPEN_ALL)
    return {name: base64.b64decode(text) for name, text in entries.items()}
