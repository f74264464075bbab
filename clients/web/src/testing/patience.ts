import { configure } from "@testing-library/react";

// What is waited for comes at once; a machine with much else to do may need longer.
configure({ asyncUtilTimeout: 20_000 });
