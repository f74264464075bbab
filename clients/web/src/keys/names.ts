const NAMES: Record<string, string> = {
  Enter: "Enter",
  Escape: "Esc",
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
  shift: "Shift",
};
const APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** What stands on the key: `mod+Enter` → `Ctrl Enter`. */
export function keyName(name: string): string {
  const parts = name === "+" ? ["+"] : name.split("+");
  return parts.map((part) => (part === "mod" ? (APPLE ? "⌘" : "Ctrl") : (NAMES[part] ?? part))).join(" ");
}
