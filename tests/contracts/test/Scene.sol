// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {IPayer, Lender, Market, Pair, Pool, Way} from "../parts/Pool.sol";
import {Program} from "../parts/Program.sol";
import {Reader} from "../parts/Reader.sol";
import {Arsenal} from "../parts/Striker.sol";
import {Token, Wrapped} from "../parts/Token.sol";
import {deploy, vm} from "../parts/Vm.sol";

/// What is read while it stands where the executor stands, to look into its transient storage.
contract Probe {
    function word(uint256 slot) external view returns (uint256 out) {
        assembly {
            out := tload(slot)
        }
    }
}

/// An executor that holds something, among tokens, pools, lenders and a market, all honest at first.
abstract contract Scene {
    address constant OWNER = address(0x0111);
    address constant OPERATOR = address(0x0222);
    address constant STRANGER = address(0x0333);
    address constant BUILDER = address(0x0444);

    uint256 constant TOKEN_CNT = 3;
    uint256 constant HELD = 1e20; // of each token, and of coin, by the executor
    uint256 constant RICH = 1e30; // the parts
    uint24 constant PIPS = 3000;
    uint256 constant SHOWN_SLOTS = 32;
    uint256 constant GAS = 5_000_000;

    IExecutor executor;
    Token[TOKEN_CNT] tokens;
    Wrapped weth;
    Pool[TOKEN_CNT] pools; // of the tokens i and i + 1
    Pair[TOKEN_CNT] pairs; // the same
    Lender lender;
    Market market;
    Arsenal arsenal;
    Reader reader;
    bytes refusal; // of the last run

    function setUp() public virtual {
        vm.coinbase(BUILDER);
        vm.roll(100);
        vm.startPrank(OWNER);
        bytes memory code = vm.envBytes("LIQD_EXECUTOR");
        executor = IExecutor(deploy(bytes.concat(code, abi.encode(OWNER))));
        executor.setOperator(OPERATOR, true);
        vm.stopPrank();
        arsenal = new Arsenal();
        reader = new Reader();
        lender = new Lender();
        market = new Market();
        weth = new Wrapped();
        lender.arm(arsenal);
        market.arm(arsenal);
        for (uint256 i = 0; i < TOKEN_CNT; ++i) (tokens[i] = new Token()).arm(arsenal);
        for (uint256 i = 0; i < TOKEN_CNT; ++i) open(i);
        vm.deal(address(this), RICH);
        (bool sent,) = address(weth).call{value: HELD}("");
        require(sent);
        weth.transfer(address(executor), HELD);
        vm.deal(address(executor), HELD);
        vm.deal(OPERATOR, RICH);
    }

    function open(uint256 i) private {
        (Token one, Token other) = (tokens[i], tokens[(i + 1) % TOKEN_CNT]);
        pools[i] = new Pool(one, other, PIPS);
        pairs[i] = new Pair(one, other);
        pools[i].arm(arsenal);
        pairs[i].arm(arsenal);
        address[4] memory parts =
            [address(pools[i]), address(pairs[i]), address(lender), address(market)];
        for (uint256 j = 0; j < parts.length; ++j) {
            one.mint(parts[j], RICH);
            other.mint(parts[j], RICH);
        }
        pairs[i].sync();
        one.mint(address(executor), HELD);
    }

    /// A liquidation: with what, in which tokens, how much.
    struct Job {
        uint8 lenderKind; // AAVE, MORPHO, V3_TOKEN0 for either token of a pool
        uint8 venue;
        bool twoHops;
        bool sweep;
        bool asLacking; // the swap is of what the loan lacks, not of an amount
        uint256 debt; // indices of tokens
        uint256 collateral;
        uint256 repay;
        uint256 pay; // coin to the builder
    }

    /// What a job comes to over honest parts.
    struct Figures {
        uint256 owed;
        uint256 between; // units of the third token, where there are two hops
        uint256 paid;
        uint256 gained;
    }

    function draw(uint256 seed) internal pure returns (Job memory job) {
        job.lenderKind = uint8(seed % 3);
        job.venue = uint8((seed >> 8) % 2);
        job.twoHops = (seed >> 16) % 2 == 1;
        job.sweep = (seed >> 24) % 2 == 1;
        job.asLacking = (seed >> 57) % 2 == 1;
        job.debt = (seed >> 32) % TOKEN_CNT;
        job.collateral = (job.debt + 1 + (seed >> 40) % 2) % TOKEN_CNT;
        job.repay = 1_000 + (seed >> 64) % (1 << (10 + (seed >> 48) % 70));
        job.pay = (seed >> 56) % 2 == 1 ? (seed >> 160) % 1e18 : 0;
    }

    function third(Job memory job) internal pure returns (uint256) {
        return 3 - job.debt - job.collateral;
    }

    function figure(Job memory job) internal view returns (Figures memory out) {
        out.owed = job.repay + feeOf(job);
        if (job.twoHops) {
            out.between = price(way(job.venue, third(job), job.debt), out.owed);
            out.paid = price(way(job.venue, job.collateral, third(job)), out.between);
        } else {
            out.paid = price(way(job.venue, job.collateral, job.debt), out.owed);
        }
        uint256 seized = market.seizedFor(job.repay);
        require(seized >= out.paid, "a job that loses");
        out.gained = seized - out.paid;
    }

    function feeOf(Job memory job) internal view returns (uint256) {
        if (job.lenderKind == Program.AAVE) return lender.feeOf(job.repay);
        return job.lenderKind == Program.MORPHO ? 0 : pools[0].feeOf(job.repay);
    }

    /// What a swap costs by the pool's own rule.
    function price(Program.Swap memory swap, uint256 exactOut) internal view returns (uint256) {
        if (swap.kind == Program.V3) return Pool(swap.pool).priceOf(exactOut);
        (uint256 reserveIn, uint256 reserveOut,) = Pair(swap.pool).getReserves();
        if (!swap.zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        return reserveIn * exactOut * 1000 / ((reserveOut - exactOut) * 997) + 1;
    }

    /// The job as the encoder of liqd writes it.
    function write(Job memory job, Figures memory what) internal view returns (bytes memory) {
        bytes memory gains = Program.gain(
            address(tokens[job.collateral]), what.gained, address(tokens[job.debt]), 0
        );
        bytes memory pay = job.pay > 0 ? Program.pay(job.pay) : bytes("");
        return bytes.concat(
            Program.head(job.sweep, 100, guarded(), gains), operations(job, what), pay
        );
    }

    function guarded() internal view returns (bytes memory) {
        return Program.guard(
            address(market), 1, 1e29, abi.encodeCall(Market.debtOf, (address(0xb0)))
        );
    }

    /// The same without a gain that is asserted: what is named alone keeps others from taking more.
    function writeBare(Job memory job, Figures memory what) internal view returns (bytes memory) {
        bytes memory head = Program.head(false, 0, Program.none(), Program.none());
        return bytes.concat(head, operations(job, what));
    }

    function operations(Job memory job, Figures memory what) internal view returns (bytes memory) {
        Token debt = tokens[job.debt];
        bytes memory nested = Program.call(
            address(market),
            address(debt),
            job.repay,
            abi.encodeCall(Market.liquidate, (tokens[job.collateral], debt, job.repay))
        );
        nested = bytes.concat(nested, swaps(job, what));
        (uint8 kind, address at) = lenderOf(job);
        return Program.flash(kind, at, address(debt), job.repay, feeOf(job), nested);
    }

    function lenderOf(Job memory job)
        internal
        view
        virtual
        returns (uint8 kind, address at)
    {
        if (job.lenderKind < Program.V3_TOKEN0) return (job.lenderKind, address(lender));
        // the pool of the debt that the swaps do not go through
        uint256 other = job.twoHops ? job.collateral : third(job);
        Pool pool = Pool(way(Program.V3, other, job.debt).pool);
        bool is0 = pool.token0() == tokens[job.debt];
        return (is0 ? Program.V3_TOKEN0 : Program.V3_TOKEN1, address(pool));
    }

    function swaps(Job memory job, Figures memory what) internal view returns (bytes memory) {
        uint256 out = job.asLacking ? 0 : what.owed;
        if (!job.twoHops) {
            return Program.swapOut(way(job.venue, job.collateral, job.debt), out, what.paid, "");
        }
        bytes memory first =
            Program.swapOut(way(job.venue, job.collateral, third(job)), 0, what.paid, "");
        return Program.swapOut(
            way(job.venue, third(job), job.debt), out, what.between, first
        );
    }

    function run(address by, bytes memory program, uint256 value) internal returns (bool done) {
        vm.prank(by);
        (done, refusal) = address(executor).call{value: value, gas: GAS}(
            abi.encodeCall(IExecutor.execute, (program))
        );
    }

    function requireRefused(bytes memory program, uint256 value, bytes4 why) internal {
        require(!run(OPERATOR, program, value), "it is not refused");
        require(bytes4(refusal) == why, "it is refused for another reason");
    }

    /// The pool or pair of two tokens and how one swaps IN into the other there.
    function way(uint8 kind, uint256 from, uint256 to)
        internal
        view
        virtual
        returns (Program.Swap memory out)
    {
        uint256 i = (from + 1) % TOKEN_CNT == to ? from : to;
        out.kind = kind;
        out.pool = kind == Program.V3 ? address(pools[i]) : address(pairs[i]);
        out.tokenIn = address(tokens[from]);
        out.zeroForOne = tokens[from] < tokens[to];
        out.fee = PIPS;
    }

    // What intruders try.

    /// Operations that take all of a token away.
    function theft(Token token) internal view returns (bytes memory) {
        return Program.call(
            address(token), address(0), 0, abi.encodeCall(Token.transfer, (STRANGER, HELD))
        );
    }

    /// Every function that changes anything, for what a thief would call it with, callbacks last.
    function shots(uint256 seed) internal view returns (bytes[] memory out, uint256 callbackCnt) {
        Token token = tokens[seed % TOKEN_CNT];
        bytes memory program =
            bytes.concat(Program.head(false, 0, Program.none(), Program.none()), theft(token));
        uint256 value = (seed >> 8) % 3 == 0 ? 0 : (seed >> 16) % HELD;
        bytes memory data = abi.encodePacked(
            address(token), Program.amount(value), Program.amount(HELD), theft(token)
        );
        if ((seed >> 96) % 2 == 1) data = abi.encodePacked(address(token), Program.amount(HELD));
        int256 paid = int256(value);
        callbackCnt = 4;
        out = new bytes[](9);
        out[0] = abi.encodeCall(IExecutor.execute, (program));
        out[1] = abi.encodeCall(IExecutor.rescue, (address(token), STRANGER, HELD));
        out[2] = abi.encodeCall(IExecutor.setOperator, (STRANGER, true));
        out[3] = abi.encodeCall(IExecutor.transferOwnership, (STRANGER));
        out[4] = abi.encodeCall(IExecutor.acceptOwnership, ());
        out[5] = abi.encodeCall(
            IPayer.executeOperation, (address(token), value, value, address(executor), data)
        );
        out[6] = abi.encodeCall(IPayer.onMorphoFlashLoan, (value, data));
        out[7] = abi.encodeCall(IPayer.uniswapV3FlashCallback, (value, value, data));
        out[8] = abi.encodeCall(IPayer.uniswapV3SwapCallback, (paid, -paid, data));
    }

    // What must hold whenever nothing runs.

    function heldBy(address holder) internal view returns (uint256[TOKEN_CNT] memory out) {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) out[i] = tokens[i].ledger(holder);
    }

    function requireNoApproval() internal view {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            address[] memory spenders = tokens[i].spenders(address(executor));
            if (tokens[i].mode() == Token.Mode.STICKY) continue;
            for (uint256 j = 0; j < spenders.length; ++j) {
                require(
                    tokens[i].allowance(address(executor), spenders[j]) == 0, "an approval remains"
                );
            }
        }
    }

    function requireOwnersAsBefore() internal view virtual {
        require(executor.owner() == OWNER, "another owner");
        require(executor.pendingOwner() == address(0), "another owner to be");
        require(executor.operators(OPERATOR), "the operator is none");
        require(!executor.operators(STRANGER), "a stranger is operator");
    }

    function requireNothingTransient() internal {
        bytes memory code = address(executor).code;
        vm.etch(address(executor), type(Probe).runtimeCode);
        for (uint256 slot = 0; slot < SHOWN_SLOTS; ++slot) {
            require(Probe(address(executor)).word(slot) == 0, "transient state remains");
        }
        vm.etch(address(executor), code);
    }

    struct Held {
        uint256[TOKEN_CNT] executor;
        uint256[TOKEN_CNT] owner;
        uint256 coin;
    }

    function noteHeld() internal view returns (Held memory) {
        return Held(heldBy(address(executor)), heldBy(executor.owner()), address(executor).balance);
    }

    /// After a run that reverted or not: what it promised is kept, and nothing remains of it.
    function requireKept(Held memory before, bytes memory program, uint256 value, bool done, bool isLent)
        internal
    {
        requireNoApproval();
        requireOwnersAsBefore();
        requireNothingTransient();
        requireNothingStolen();
        if (!done) return;
        Reader.Vow memory vow = reader.read(program, isLent);
        require(vow.lastBlock == 0 || block.number <= vow.lastBlock, "it is too late");
        uint256 coin = address(executor).balance;
        require(coin + vow.paid >= before.coin + value, "coin is lost");
        for (uint256 i = 0; i < TOKEN_CNT; ++i) requireTokenKept(before, vow, i);
    }

    function requireTokenKept(Held memory before, Reader.Vow memory vow, uint256 i)
        internal
        view
    {
        Token.Mode mode = tokens[i].mode();
        if (mode == Token.Mode.LYING || mode == Token.Mode.STICKY) return;
        uint256 held = tokens[i].ledger(address(executor));
        uint256 spent = reader.spentOf(vow, address(tokens[i]));
        require(spent >= before.executor[i] || held >= before.executor[i] - spent, "a loss");
        for (uint256 j = 0; j < vow.gains.length; ++j) {
            if (vow.gains[j].token != address(tokens[i])) continue;
            require(held >= before.executor[i], "a loss of what was to gain");
            uint256 swept = mode == Token.Mode.HONEST ? tokens[i].ledger(executor.owner()) - before.owner[i] : 0;
            uint256 gained = held - before.executor[i] + swept;
            if (swept > 0 || !vow.sweep) {
                require(gained >= vow.gains[j].least, "less is gained than promised");
            }
        }
    }

    function requireNothingStolen() internal view {
        address[4] memory outside = [STRANGER, OPERATOR, address(arsenal), address(lender.accomplice())];
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            for (uint256 j = 0; j < outside.length; ++j) {
                require(tokens[i].ledger(outside[j]) == 0, "somebody gains");
            }
        }
        require(arsenal.breachCnt() == 0, "an intruder comes through");
        require(STRANGER.balance == 0 && address(arsenal).balance == 0, "somebody gains coin");
    }
}
