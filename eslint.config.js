import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: [".venv/", "benchmarks/", "static/vendor/", "var/"] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 300],
      "no-duplicate-imports": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["static/js/**"],
    languageOptions: { globals: globals.browser },
    rules: { "max-lines-per-function": ["error", 50] },
  },
  { files: ["templates/**"], languageOptions: { globals: globals.serviceworker } },
  { files: ["tests/js/**"], languageOptions: { globals: globals.node } },
];
