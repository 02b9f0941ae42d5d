Feature: A full queue is felt, and never silent

  Scenario: A full queue makes the next call wait until something is durable
    Given a queue of 10 events
    And a service whose commits are held
    When 10 events are recorded
    And another thread records one more and has to wait
    And the commits are let go
    Then the waiting call returns, and not before the commits were let go
    When the service is flushed
    Then the trail holds 11 events, numbered from 0 without a hole

  Scenario: A call gives up when nothing moves, and gives the event back
    Given a queue of 10 events
    And a record timeout of 100 ms
    And a service whose commits are held
    When 10 events are recorded
    And an event of type "plan_applied" is recorded
    Then it is refused as "Overloaded" with a message about "full"
    And the event is given back
    When the commits are let go
    Then all 10 events become durable
    When the event that was given back is recorded again
    Then all 11 events become durable

  Scenario: A journal full of bytes is full as well
    Given a journal of 128 KiB
    And a record timeout of 100 ms
    And a service whose commits are held
    When events with 60000 bytes of details are recorded until one is refused
    Then it is refused as "Overloaded" with a message about "full"
    And the event is given back
    When the commits are let go
    Then all accepted events become durable

  Scenario: Events that may be dropped are dropped, counted and declared
    Given a queue of 10 events
    And events of type "tool.invoked" may be dropped
    And a service whose commits are held
    When 10 events are recorded
    And 5 more events are recorded
    Then the 5 calls have returned with receipts that say "Shed"
    And the service has counted 5 events as shed
    When the commits are let go
    And the service is flushed
    Then a gap is declared because of "shed" for 5 events
    And the trail holds 10 events of callers and 1 gap

  Scenario: What was dropped is declared even if the process is killed before it could say so
    When a program drops 5 of 15 events and is killed before it could write
    And a second process records one event
    Then a gap is declared because of "shed" for 5 events
    And a second process counts 12 events

  Scenario: Other types wait while sheddable ones are dropped
    Given a queue of 10 events
    And a record timeout of 100 ms
    And events of type "tool.invoked" may be dropped
    And a service whose commits are held
    When 10 events are recorded
    And an event of type "plan_applied" is recorded
    Then it is refused as "Overloaded" with a message about "full"
    And the event is given back
