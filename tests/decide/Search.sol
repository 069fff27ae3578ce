// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IToken {
    function balanceOf(address) external view returns (uint256);
}

interface IPool {
    function getUserAccountData(address user) external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
    function liquidationCall(address, address, address, uint256, bool) external;
}

struct MarketParams {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

interface IMorpho {
    function liquidate(MarketParams memory, address, uint256, uint256, bytes calldata) external;
    function position(bytes32, address) external view returns (uint256, uint128, uint128);
}

/// Where, and whose account.
struct Venue {
    address target;
    address borrower;
    bool isMorpho;
    bytes32 id;
    MarketParams params;
}

/// A token of the account and what it is to the liquidator.
struct Token {
    address token;
    address receipt; // the aToken, or the debt token
    uint256 priceWad;
    uint256 unit;
    uint256 available;
    uint256 leftover; // how much of it is worth what Aave wants to be left, and a 2^14th of all for interest; 0: nothing
    uint256 half; // how much of it half of all debt is worth
}

struct Call {
    uint8 collateral;
    uint8 debt;
    bool bySeized;
    uint256 amount;
}

struct Task {
    Venue venue;
    Token[] collaterals;
    Token[] debts;
    uint256[] fractions; // of what is owed then, in 1e18ths: the sizes of second calls
    uint256 callUsd; // what the gas of a call costs, in wads of a dollar
    bool two;
}

/// What the best that was found earns.
struct Found {
    int256 net;
    Call first;
    bool hasSecond;
    Call second;
    uint256 tried;
    uint256 passed;
}

/// Tries calls on the real contracts and takes each back; its code stands where the liquidator is, who has
/// tokens and has approved. It calls itself, and every call that changes anything reverts with its result.
contract Search {
    uint256 private constant TINY = 64;
    uint256 private constant AROUND = 11;
    int256 private constant NOTHING = type(int256).min;

    error Tried(int256 gross, uint256 repaid, bool ends);
    error Behind(Found found);

    /// What calls seize and repay, one behind the other; it reverts where one of them does.
    function run(Task calldata task, Call[] calldata calls) external returns (uint256[] memory seized, uint256[] memory repaid) {
        seized = new uint256[](calls.length);
        repaid = new uint256[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) (seized[i], repaid[i]) = act(task, calls[i]);
    }

    /// The most that any of these first calls earns, alone or with any second one behind it.
    function search(Task calldata task, Call[] calldata firsts) external returns (Found memory best) {
        best.net = NOTHING;
        for (uint256 i = 0; i < firsts.length; i++) {
            uint256 free = mark();
            best.tried++;
            try this.first(task, firsts[i]) {
                revert("first does not return");
            } catch (bytes memory reason) {
                if (bytes4(reason) == Behind.selector) take(best, reason, firsts[i]);
            }
            rewind(free);
        }
    }

    function take(Found memory best, bytes memory reason, Call calldata call) private pure {
        Found memory found = abi.decode(tail(reason), (Found));
        best.passed += 1 + found.passed;
        best.tried += found.tried;
        if (found.net <= best.net) return;
        best.net = found.net;
        copy(best.first, call.collateral, call.debt, call.bySeized, call.amount);
        best.hasSecond = found.hasSecond;
        copy(best.second, found.second.collateral, found.second.debt, found.second.bySeized, found.second.amount);
    }

    function copy(Call memory to, uint8 collateral, uint8 debt, bool bySeized, uint256 amount) private pure {
        to.collateral = collateral;
        to.debt = debt;
        to.bySeized = bySeized;
        to.amount = amount;
    }

    /// One first call and all second ones behind it. Always reverts.
    function first(Task calldata task, Call calldata call) external {
        Found memory found;
        Call memory real = Call(call.collateral, call.debt, call.bySeized, sent(task, call, 0));
        (int256 gross, uint256 paid) = earn(task, real, 0);
        requireLeft(task, call);
        found.net = gross - int256(task.callUsd);
        bool two = task.two && lasts(task);
        for (uint256 c = 0; two && c < task.collaterals.length; c++) {
            for (uint256 d = 0; d < task.debts.length; d++) {
                follow(task, found, uint8(c), uint8(d), gross, d == call.debt ? paid : 0);
            }
        }
        revert Behind(found);
    }

    /// Whether what may be done now may be done as well when health has risen by a 2^14th, by interest: what only
    /// passes to the second is none to plan.
    function lasts(Task calldata task) private view returns (bool) {
        if (task.venue.isMorpho) return true;
        (,,,,, uint256 health) = IPool(task.venue.target).getUserAccountData(task.venue.borrower);
        if (health >= 1e18) return true;
        uint256 later = health + (health >> 14);
        return later < 1e18 && (health > 0.95e18 || later <= 0.95e18);
    }

    function follow(Task calldata task, Found memory found, uint8 c, uint8 d, int256 gross, uint256 paid) private {
        for (uint256 by = 0; by < (task.venue.isMorpho ? 2 : 1); by++) {
            (uint256 balance, uint256 count) = sizes(task, c, d, by == 1);
            for (uint256 k = 0; k < count; k++) {
                uint256 free = mark();
                uint256 amount = sent(task, Call(c, d, by == 1, size(task, d, balance, k)), paid);
                found.tried++;
                try this.second(task, Call(c, d, by == 1, amount), paid) {
                    revert("second does not return");
                } catch (bytes memory reason) {
                    if (bytes4(reason) == Tried.selector) {
                        found.passed++;
                        (int256 more,, ) = abi.decode(tail(reason), (int256, uint256, bool));
                        int256 net = gross + more - 2 * int256(task.callUsd);
                        if (net > found.net) {
                            found.net = net;
                            found.hasSecond = true;
                            copy(found.second, c, d, by == 1, amount);
                        }
                    }
                }
                rewind(free);
            }
        }
    }

    /// One second call, behind one that repaid `paid` of the same debt. Always reverts.
    function second(Task calldata task, Call calldata call, uint256 paid) external {
        (int256 gross, uint256 repaid) = earn(task, call, paid);
        requireLeft(task, call);
        revert Tried(gross, repaid, ends(task, call));
    }

    /// Whether nothing is left of the collateral or the debt of a call that was done; Aave's alone.
    function ends(Task calldata task, Call calldata call) private view returns (bool) {
        if (task.venue.isMorpho) return false;
        address owner = task.venue.borrower;
        return IToken(task.collaterals[call.collateral].receipt).balanceOf(owner) == 0
            || IToken(task.debts[call.debt].receipt).balanceOf(owner) == 0;
    }

    /// The amount that is sent for a call: where all of something goes, so much more that it does in later blocks too.
    function sent(Task calldata task, Call memory call, uint256 paid) private returns (uint256) {
        try this.second(task, call, paid) {
            revert("second does not return");
        } catch (bytes memory reason) {
            if (bytes4(reason) != Tried.selector || call.amount > type(uint128).max) return call.amount;
            (,, bool all) = abi.decode(tail(reason), (int256, uint256, bool));
            return all ? call.amount + (call.amount >> 14) + 2 : call.amount;
        }
    }

    /// How much there is that a second call can name, and how many sizes of it are tried.
    function sizes(Task calldata task, uint8 c, uint8 d, bool bySeized) private view returns (uint256 balance, uint256 count) {
        if (task.venue.isMorpho) {
            (, uint128 shares, uint128 held) = IMorpho(task.venue.target).position(task.venue.id, task.venue.borrower);
            balance = bySeized ? held : shares;
        } else {
            balance = IToken(task.debts[d].receipt).balanceOf(task.venue.borrower);
            if (IToken(task.collaterals[c].receipt).balanceOf(task.venue.borrower) == 0) balance = 0;
        }
        if (balance == 0) return (0, 0);
        count = balance <= TINY ? balance : task.fractions.length + AROUND;
    }

    /// The k-th of them: of a few units each, else fractions, and what rules have to do with.
    function size(Task calldata task, uint8 d, uint256 balance, uint256 k) private pure returns (uint256) {
        if (balance <= TINY) return k + 1;
        if (k < task.fractions.length) return (balance * task.fractions[k]) / 1e18 + 1;
        k -= task.fractions.length;
        uint256 leftover = task.debts[d].leftover;
        uint256 half = task.debts[d].half;
        if (k == 0) return balance;
        if (k == 1) return balance - 1;
        if (k == 2) return balance / 2;
        if (k < 6) return balance > leftover + 1 ? balance - leftover + k - 4 : balance;
        if (k < 9) return half > 1 ? half + k - 7 : 1;
        if (k == 9) return balance / 2 + 1;
        return task.venue.isMorpho ? balance : type(uint256).max;
    }

    function earn(Task calldata task, Call memory call, uint256 paid) private returns (int256, uint256) {
        Token calldata collateral = task.collaterals[call.collateral];
        Token calldata debt = task.debts[call.debt];
        (uint256 seized, uint256 repaid) = act(task, call);
        require(paid + repaid <= debt.available, "beyond the inventory");
        uint256 got = (seized * collateral.priceWad) / collateral.unit;
        uint256 cost = (repaid * debt.priceWad + debt.unit - 1) / debt.unit;
        return (int256(got) - int256(cost), repaid);
    }

    /// Of both sides of a call that was done so much has to be left that it is enough in other seconds too, or nothing of one.
    function requireLeft(Task calldata task, Call calldata call) private view {
        if (task.venue.isMorpho) return;
        Token calldata collateral = task.collaterals[call.collateral];
        Token calldata debt = task.debts[call.debt];
        uint256 held = IToken(collateral.receipt).balanceOf(task.venue.borrower);
        uint256 owed = IToken(debt.receipt).balanceOf(task.venue.borrower);
        require(held == 0 || owed == 0 || (held >= collateral.leftover && owed >= debt.leftover), "dust in another second");
    }

    function act(Task calldata task, Call memory call) private returns (uint256 seized, uint256 repaid) {
        IToken collateral = IToken(task.collaterals[call.collateral].token);
        IToken debt = IToken(task.debts[call.debt].token);
        seized = collateral.balanceOf(address(this));
        repaid = debt.balanceOf(address(this));
        if (task.venue.isMorpho) {
            (uint256 bySeized, uint256 byRepaid) = call.bySeized ? (call.amount, uint256(0)) : (uint256(0), call.amount);
            IMorpho(task.venue.target).liquidate(task.venue.params, task.venue.borrower, bySeized, byRepaid, "");
        } else {
            IPool(task.venue.target).liquidationCall(address(collateral), address(debt), task.venue.borrower, call.amount, false);
        }
        seized = collateral.balanceOf(address(this)) - seized;
        repaid -= debt.balanceOf(address(this));
    }

    /// The bytes behind a selector.
    function tail(bytes memory reason) private pure returns (bytes memory out) {
        assembly {
            let size_ := sub(mload(reason), 4)
            out := add(reason, 4)
            mstore(out, size_)
        }
    }

    function mark() private pure returns (uint256 free) {
        assembly {
            free := mload(0x40)
        }
    }

    function rewind(uint256 free) private pure {
        assembly {
            mstore(0x40, free)
        }
    }
}
