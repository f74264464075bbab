import { createTheme } from "@mantine/core";

/** Sizes that components take when nothing else is said. Colours and measures are in styles/theme.css. */
export const theme = createTheme({
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "sm" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: {
        // Locking would write a style into the page, which the content policy forbids.
        lockScroll: false,
        transitionProps: { duration: 0 },
        closeButtonProps: { "aria-label": "Close" },
        attributes: { header: { role: "presentation" } },
      },
    },
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: "md" } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: "md" } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 0 } } },
  },
});
