import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The page goes where the server serves it from, and into its wheel. Relative addresses, so any path will do. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../../server/andon/web/page",
    emptyOutDir: true,
    target: "es2022",
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/andon.v1.": process.env.ANDON_SERVER ?? "http://127.0.0.1:8080" } },
  test: { environment: "jsdom", restoreMocks: true, include: ["src/**/*.test.{ts,tsx}"] },
});
