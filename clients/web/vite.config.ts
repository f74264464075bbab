import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The page goes where the server serves it from, and into its wheel. Relative addresses, so any path will do. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: process.env.ANDON_PAGE ?? "../../server/andon/web/page",
    emptyOutDir: true,
    target: "es2022",
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/andon.v1.": process.env.ANDON_SERVER ?? "http://127.0.0.1:8080" } },
  // Nothing here takes long; a machine with much else to do may.
  test: {
    environment: "jsdom",
    restoreMocks: true,
    isolate: false,
    setupFiles: ["src/testing/patience.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
