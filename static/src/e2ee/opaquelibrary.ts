// The half of the library that a browser needs: what opaque.ts fetches on its own.

export { client, ready } from "@serenity-kit/opaque";
