import { beforeEach, describe, expect, test } from "vitest";
import { mayCall } from "./may";
import { browserPlace, forgetToken, keepLinkedToken, keepToken, keptToken, takeTokenFromLink } from "./token";
import { begin } from "./useLinkedToken";

const staysSignedIn = () => localStorage.getItem("andon.token") !== null;

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

describe("the token of a link", () => {
  test.each([
    ["/#token=secret", "/"],
    ["/?a=1#token=secret", "/?a=1"],
    ["/page/#/tasks/7&token=secret", "/page/#/tasks/7"],
    ["/#token=secret&/inbox", "/#/inbox"],
    ["/#/decisions?token=secret", "/#/decisions"],
  ])("is taken from %s, which becomes %s", (address, left) => {
    window.history.replaceState(null, "", address);
    expect(takeTokenFromLink(browserPlace())).toBe("secret");
    expect(window.location.href).toBe(new URL(left, window.location.origin).href);
    expect(keptToken(browserPlace())).toBeNull();
  });

  test("is decoded, also where it is not well encoded", () => {
    window.history.replaceState(null, "", "/#token=a%2Bb");
    expect(takeTokenFromLink(browserPlace())).toBe("a+b");
    window.history.replaceState(null, "", "/#token=a%zz");
    expect(takeTokenFromLink(browserPlace())).toBe("a%zz");
  });

  test("is null where there is none, and an empty one is none", () => {
    window.history.replaceState(null, "", "/#/inbox");
    expect(takeTokenFromLink(browserPlace())).toBeNull();
    window.history.replaceState(null, "", "/#token=");
    expect(takeTokenFromLink(browserPlace())).toBeNull();
  });

  test("is kept for the tab where no other is", () => {
    window.history.replaceState(null, "", "/#token=new");
    expect(begin(browserPlace())).toEqual({ token: "new", both: null });
    expect(keptToken(browserPlace())).toBe("new");
    expect(staysSignedIn()).toBe(false);
  });

  test("changes nothing where it is the one that is kept", () => {
    keepToken(browserPlace(), "same", true);
    window.history.replaceState(null, "", "/#token=same");
    expect(begin(browserPlace())).toEqual({ token: "same", both: null });
    expect(staysSignedIn()).toBe(true);
  });

  test.each([true, false])("is not taken unasked where another is kept (to stay: %s)", (stay) => {
    keepToken(browserPlace(), "old", stay);
    window.history.replaceState(null, "", "/#token=new");
    expect(begin(browserPlace())).toEqual({ token: null, both: { linked: "new", kept: "old" } });
    expect(keptToken(browserPlace())).toBe("old");
  });

  test("that was taken goes before one that stays on this device, and does not drop it", () => {
    keepToken(browserPlace(), "old", true);
    keepLinkedToken(browserPlace(), "new");
    expect(keptToken(browserPlace())).toBe("new");
    forgetToken(browserPlace(), "new");
    expect(keptToken(browserPlace())).toBe("old");
  });
});

test("a token outlives the tab only where that was asked for, and is forgotten everywhere", () => {
  keepToken(browserPlace(), "secret", true);
  expect(sessionStorage.length).toBe(0);
  expect(staysSignedIn()).toBe(true);
  forgetToken(browserPlace());
  expect(keptToken(browserPlace())).toBeNull();
});

test("who acts for somebody else gives no verdicts, and reads as before", () => {
  const methods = ["/andon.v1.ReviewService/Review", "/andon.v1.ReviewService/GetTask"];
  expect(mayCall({ methods, onBehalfOf: "" }, "ReviewService/Review")).toBe(true);
  expect(mayCall({ methods, onBehalfOf: "ada" }, "ReviewService/Review")).toBe(false);
  expect(mayCall({ methods, onBehalfOf: "ada" }, "ReviewService/GetTask")).toBe(true);
});

test("who may call a method may also try it", () => {
  const methods = ["/andon.v1.ReviewService/Review", "/andon.v1.DecisionService/Submit?validate_only"];
  expect(mayCall({ methods }, "ReviewService/Review")).toBe(true);
  expect(mayCall({ methods }, "DecisionService/Submit")).toBe(false);
  expect(mayCall({ methods }, "DecisionService/Submit?validate_only")).toBe(true);
  expect(mayCall({ methods }, "ReviewService/Review?validate_only")).toBe(true);
});
