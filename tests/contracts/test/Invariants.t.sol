// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {IExecutor} from "../parts/IExecutor.sol";
import {Market, Way} from "../parts/Pool.sol";
import {Reader} from "../parts/Reader.sol";
import {Token} from "../parts/Token.sol";
import {vm} from "../parts/Vm.sol";
import {Drawing} from "./Drawing.sol";

/// What owners, operators, strangers and parts do, one after the other, in any order. Each act checks
/// itself; what it may cost the executor is noted.
contract World is Drawing {
    uint256 constant ACTOR_CNT = 4;

    address public ownerNow = OWNER;
    address public pendingNow;
    mapping(address => bool) public isOperator;
    uint256[TOKEN_CNT] named; // all that programs named to be spent, beyond what is asserted to be there
    uint256[TOKEN_CNT] rescued;
    uint256 coinIn;
    uint256 coinOut;

    function setUp() public override {
        super.setUp();
        isOperator[OPERATOR] = true;
    }

    function actor(uint256 i) internal pure returns (address) {
        return [OWNER, OPERATOR, STRANGER, address(0x0555)][i % ACTOR_CNT];
    }

    /// Owners and operators are whom the owner made so.
    function requireOwnersAsBefore() internal view override {
        require(executor.owner() == ownerNow, "another owner");
        require(executor.pendingOwner() == pendingNow, "another owner to be");
        for (uint256 i = 0; i < ACTOR_CNT; ++i) {
            require(executor.operators(actor(i)) == isOperator[actor(i)], "another operator");
        }
    }

    function attempt(uint256 by, bytes memory input) internal returns (bool done) {
        vm.prank(actor(by));
        (done,) = address(executor).call(input);
    }

    /// To one of two, or to nobody: all others are to gain nothing.
    function start_transfer(uint256 by, uint256 to) external {
        address next_ = [OWNER, actor(3), address(0)][to % 3];
        bool done = attempt(by, abi.encodeCall(IExecutor.transferOwnership, (next_)));
        require(done == (actor(by) == ownerNow), "not the owner's to give");
        if (done) pendingNow = next_;
    }

    function accept_transfer(uint256 by) external {
        bool done = attempt(by, abi.encodeCall(IExecutor.acceptOwnership, ()));
        require(done == (actor(by) == pendingNow), "not his to accept");
        if (done) (ownerNow, pendingNow) = (actor(by), address(0));
    }

    function set_operator(uint256 by, uint256 who, bool allowed) external {
        bool done = attempt(by, abi.encodeCall(IExecutor.setOperator, (actor(who), allowed)));
        require(done == (actor(by) == ownerNow), "not the owner's to set");
        if (done) isOperator[actor(who)] = allowed;
    }

    /// To the owner, so that nobody else has any.
    function rescue(uint256 by, uint256 which, uint64 value) external {
        uint256 i = which % TOKEN_CNT;
        uint256 before = tokens[i].ledger(address(executor));
        bytes memory input = abi.encodeCall(IExecutor.rescue, (address(tokens[i]), OWNER, value));
        bool done = attempt(by, input);
        require(!done || actor(by) == ownerNow, "not the owner's to rescue");
        if (done) rescued[i] += before - tokens[i].ledger(address(executor));
    }

    function set_part(uint256 which, uint256 mode, uint64 extra) external {
        uint256 i = which / 4 % TOKEN_CNT;
        // a token that keeps allowances whatever it is told is left out
        if (which % 4 == 0) tokens[i].setMode(Token.Mode(mode % uint256(Token.Mode.STICKY)));
        Way next = Way(mode % (uint256(type(Way).max) + 1));
        if (which % 4 == 1) pools[i].setWay(next, extra, theft(tokens[i]));
        if (which % 4 == 2) lender.setWay(next, extra, theft(tokens[i]));
        if (which % 4 == 3) market.setMode(Market.Mode(mode % (uint256(type(Market.Mode).max) + 1)));
    }

    function be_honest() public {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            tokens[i].setMode(Token.Mode.HONEST);
            pools[i].setWay(Way.HONEST, 0, "");
        }
        lender.setWay(Way.HONEST, 0, "");
        market.setMode(Market.Mode.HONEST);
    }

    function aim(uint256 seed) internal {
        (bytes[] memory all, uint256 callbackCnt) = shots(seed);
        arsenal.aim(address(executor), all, callbackCnt);
    }

    function liquidate(uint256 by, uint256 seed) external {
        aim(seed);
        Job memory job = draw(seed);
        carryOut(by, write(job, figure(job)), job.pay, false);
    }

    function liquidate_honestly(uint256 by, uint256 seed) external {
        be_honest();
        Job memory job = draw(seed);
        bool done = carryOut(by, write(job, figure(job)), job.pay, true);
        require(done == (isOperator[actor(by)] || actor(by) == ownerNow), "not his, or stuck");
    }

    function run_anything(uint256 by, uint256 seed, uint64 value) external {
        aim(seed);
        drawFrom(seed);
        carryOut(by, drawProgram(), value, false);
    }

    function carryOut(uint256 by, bytes memory program, uint256 value, bool isLent)
        internal
        returns (bool done)
    {
        Held memory before = noteHeld();
        vm.deal(actor(by), value);
        done = run(actor(by), program, value);
        vm.deal(actor(by), 0);
        requireKept(before, program, value, done, isLent);
        if (!done) return false;
        require(isOperator[actor(by)] || actor(by) == ownerNow, "a stranger runs programs");
        noteNamed(before, reader.read(program, isLent), value);
    }

    /// A token whose gain is asserted may lose nothing, whatever is named.
    function noteNamed(Held memory before, Reader.Vow memory vow, uint256 value) internal {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            uint256 most = reader.spentOf(vow, address(tokens[i]));
            for (uint256 j = 0; j < vow.gains.length; ++j) {
                if (vow.gains[j].token == address(tokens[i])) most = 0;
            }
            named[i] += most < before.executor[i] ? most : before.executor[i];
        }
        coinIn += value;
        coinOut += vow.paid;
    }

    function call_as_stranger(address who, uint256 seed, bytes calldata data) external {
        vm.assume(who != address(0) && who != address(vm));
        for (uint256 i = 0; i < ACTOR_CNT; ++i) vm.assume(who != actor(i));
        (bytes[] memory all,) = shots(seed);
        vm.prank(who);
        (bool through,) = address(executor).call(all[seed % all.length]);
        require(!through, "a stranger comes through");
        vm.prank(who);
        (through,) = address(executor).call(bytes.concat(bytes4(all[seed % all.length]), data));
        require(!through, "a stranger comes through");
    }

    function call_as_part(uint256 which, uint256 seed) external {
        address[4] memory parts =
            [address(lender), address(market), address(pools[seed % TOKEN_CNT]), address(tokens[0])];
        (bytes[] memory all,) = shots(seed);
        vm.prank(parts[which % 4]);
        (bool through,) = address(executor).call(all[seed % all.length]);
        require(!through, "a part comes through");
    }

    function give(uint64 value) external {
        vm.deal(address(this), value);
        (bool sent,) = address(executor).call{value: value}("");
        require(sent, "it takes no coin");
        coinIn += value;
    }

    /// Of each token there is what was there, but for what was named. What nobody else may gain is
    /// this too: no token is ever made after the start.
    function requireNothingLost() internal view {
        for (uint256 i = 0; i < TOKEN_CNT; ++i) {
            uint256 held = tokens[i].ledger(address(executor));
            require(held + named[i] + rescued[i] >= HELD, "a balance is lost");
        }
        require(address(executor).balance + coinOut >= HELD + coinIn, "coin is lost");
    }

    function requireAll() external {
        requireNothingLost();
        requireNothingStolen();
        requireNoApproval();
        requireOwnersAsBefore();
        requireNothingTransient();
    }
}

contract InvariantsTest {
    World world;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        world = new World();
        world.setUp();
    }

    function targetContracts() external view returns (address[] memory out) {
        out = new address[](1);
        out[0] = address(world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory out) {
        out = new FuzzSelector[](1);
        out[0].addr = address(world);
        out[0].selectors = new bytes4[](14);
        bytes4[14] memory all = [
            World.start_transfer.selector,
            World.accept_transfer.selector,
            World.set_operator.selector,
            World.rescue.selector,
            World.set_part.selector,
            World.set_part.selector,
            World.be_honest.selector,
            World.liquidate.selector,
            World.liquidate.selector,
            World.liquidate_honestly.selector,
            World.run_anything.selector,
            World.call_as_stranger.selector,
            World.call_as_part.selector,
            World.give.selector
        ];
        for (uint256 i = 0; i < all.length; ++i) out[0].selectors[i] = all[i];
    }

    /// In one, since each would begin a world of its own; what fails has a text of its own.
    function invariant_nothing_is_lost_stolen_or_left_behind() external {
        world.requireAll();
    }
}
