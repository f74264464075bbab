import "./styles/mantine";
import "./styles/theme.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { ConfigFault } from "./app/ConfigFault";
import { loadConfig } from "./app/config";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const rendered = createRoot(root);

loadConfig().then(
  (config) =>
    rendered.render(
      <StrictMode>
        <App config={config} />
      </StrictMode>,
    ),
  (error: unknown) => rendered.render(<ConfigFault error={error} />),
);
