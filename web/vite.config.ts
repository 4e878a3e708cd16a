import { defineConfig } from "vitest/config";

// The server finds the hashed names in dist/.vite/manifest.json and writes them into its page.
export default defineConfig({
  base: "./", // the server may be found below a path
  publicDir: false,
  build: {
    manifest: true,
    target: "es2022",
    rollupOptions: { input: "src/app.ts" },
    // Babylon alone is about 250 KiB gzip; tools/build_web.py prints what a desktop page fetches.
    chunkSizeWarningLimit: 2048,
  },
  // rxjs as written for browsers of today
  resolve: { conditions: ["es2015", "module", "browser", "production"] },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    setupFiles: "tests/setup.ts",
  },
});
