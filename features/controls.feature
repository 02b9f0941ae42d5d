Feature: The checks above can fail
  Each promise about loss is checked here over something that breaks it, and the check has to notice.

  Scenario: A store that says durable and writes nothing
    Given a service over a store that lies about being durable
    When 100 events are recorded
    And the service is flushed
    Then the check "a second process counts 100 events" fails

  Scenario: A store that forgets one event of a batch
    Given a service over a store that forgets the events in the middle
    When 100 events are recorded
    And the service is flushed
    Then the check "the trail holds 100 events, numbered from 0 without a hole" fails

  Scenario: A queue in memory alone
    When a program keeps 100 events in memory alone and ends by abort
    And a second process records one event
    Then the check "a second process counts 101 events" fails

  Scenario: A bus that drops
    Given a service connected to a bus that drops every second event
    When "auth_failure" is emitted
    And "auth_failure" is emitted
    And the service is flushed
    Then the check "the trail holds 2 events of type auth_failure" fails

  Scenario: An opener without a guard
    Given an opener without a guard is counted
    When 10 threads open at once
    Then the check "the database was opened once" fails
    And no other error was met

  Scenario: A redaction that was not asked for
    Given a secret in the details, in a URL and in a text
    When it goes past the service into the store
    Then the check "the rows say [REDACTED] and no file holds the secret" fails
